import { describe, expect, it } from 'vitest';
import { RandomBytes, testSeed } from '../../test/random-bytes.ts';
import {
  consumerFileName,
  consumerOwnerPath,
  encodeFileName,
  fileNames,
  nameIndexFileName,
  parseConsumerFileName,
  parseNameIndexFileName,
  parsePositionsFileName,
  parseRunFileName,
  parseSegmentFileName,
  partitionFolderName,
  positionsFileName,
  runFileName,
  segmentFileName,
  temporarySuffix,
} from './file-names.ts';

describe('a name that users choose', () => {
  it.each([
    ['orders', 'orders'],
    ['order-42_a', 'order-42_a'],
    ['Orders', '%4frders'],
    ['a b', 'a%20b'],
    ['ö', '%c3%b6'],
    ['../etc', '%2e%2e%2fetc'],
    ['a%20b', 'a%2520b'],
    ['.', '%2e'],
    ['', '~'],
    ['con', 'con~'],
    ['com1', 'com1~'],
    ['~', '%7e'],
  ])('%j becomes %s', (name, fileName) => {
    expect(encodeFileName(name)).toBe(fileName);
  });

  it('is cut short when it is long, and still differs from others', () => {
    const [first, second] = [encodeFileName(`${'x'.repeat(300)}1`), encodeFileName(`${'x'.repeat(300)}2`)];
    expect(first).toMatch(/^x{80}~[0-9a-f]{32}$/);
    expect(first).not.toBe(second);
    expect(encodeFileName('x'.repeat(116))).toBe('x'.repeat(116));
  });

  it(`never leaves its folder, and never meets another one in either case (seed ${testSeed})`, () => {
    const random = new RandomBytes(testSeed);
    const alphabet = ['a', 'A', 'ä', 'Ä', '.', '/', '\\', '%', '~', '\0', ':', '漢', '\u{1f600}', '4', 'f'];
    const seen = new Map<string, string>();
    for (let round = 0; round < 5000; round++) {
      const name = Array.from({ length: random.below(60) }, () => random.pick(alphabet)).join('');
      const fileName = encodeFileName(name);
      expect(fileName).toMatch(/^[a-z0-9_%~-]{1,116}$/);
      expect(seen.get(fileName) ?? name).toBe(name);
      seen.set(fileName, name);
    }
  });

  it('gives file names that every file system takes, with all their endings', () => {
    const long = { kind: 'category', key: 'x'.repeat(116) } as const;
    const longest = consumerFileName(long, 'y'.repeat(116));
    expect(longest).toHaveLength(116 + 1 + 116 + '.category.state'.length);
    expect(`${longest}.lock`.length).toBeLessThanOrEqual(255);
    expect(`${consumerOwnerPath(longest)}.tmp`.length).toBeLessThanOrEqual(255);
  });

  it('gives each consumer a file of its own', () => {
    const stream = (key: string) => ({ kind: 'stream', key }) as const;
    expect(consumerFileName(stream('a.b'), 'c')).not.toBe(consumerFileName(stream('a'), 'b.c'));
    expect(consumerFileName(stream('orders'), 'mailer')).toBe('orders.mailer.state');
    expect(consumerFileName({ kind: 'category', key: 'orders' }, 'mailer')).toBe('orders.mailer.category.state');
    expect(consumerOwnerPath('c/orders.mailer.state')).toBe('c/orders.mailer.json');
  });

  it('tells consumers from the names of their files, as far as the names are in them', () => {
    for (const key of ['orders', 'Ünïcode 💶', 'con', '', 'a.b%c~', 'x'.repeat(116)]) {
      const name = consumerFileName({ kind: 'join', key }, 'category');
      expect(parseConsumerFileName(name)).toEqual({ kind: 'join', key, id: 'category' });
    }
    const long = consumerFileName({ kind: 'stream', key: 'x'.repeat(117) }, 'mailer');
    expect(parseConsumerFileName(long)).toEqual({ kind: 'stream', key: undefined, id: 'mailer' });
    for (const name of [
      'orders.state',
      'orders.mailer.json',
      'orders.mailer.state.lock',
      'a.b.other.state',
      '%zz.b.state',
    ]) {
      expect(parseConsumerFileName(name)?.key).toBeUndefined();
    }
  });
});

describe('a partition folder', () => {
  it('begins with the id', () => {
    expect(partitionFolderName(1, 'orders')).toBe('000001-orders');
    expect(partitionFolderName(1_048_575, 'Ö/x')).toBe('1048575-c396-2fx'.replace('-2f', '2f'));
    expect(partitionFolderName(7, 'y'.repeat(500))).toHaveLength(7 + 40);
  });
});

describe('the name of a run', () => {
  it.each([
    { base: 0, last: 131_072, onlyIndex: 0, name: '000000000000-000000131072.run' },
    { base: 131_072, last: 2 ** 48 - 1, onlyIndex: 7, name: '000000131072-281474976710655-7.run' },
  ])('is $name', ({ name, ...run }) => {
    expect(runFileName(run.base, run.last, run.onlyIndex)).toBe(name);
    expect(parseRunFileName(name)).toEqual(run);
  });

  it.each([
    '000000000000.run',
    '0000000000000-000000131072.run',
    '000000000000-000000131072-0.run',
    '000000000000-000000131072-07.run',
    `000000000000-${'9'.repeat(20)}.run`,
    '000000000000-000000131072.run.tmp',
    '',
  ])('is not %j', (name) => {
    expect(parseRunFileName(name)).toBeUndefined();
  });
});

describe.each([
  {
    kind: 'name index',
    format: nameIndexFileName,
    parse: parseNameIndexFileName,
    first: 'names-000000000001.idx',
  },
  { kind: 'positions', format: positionsFileName, parse: parsePositionsFileName, first: 'positions-000000000001.idx' },
  { kind: 'segment', format: segmentFileName, parse: parseSegmentFileName, first: '00000000000000000001.seg' },
])('the name of a $kind file', ({ format, parse, first }) => {
  it.each([0, 1, 4_194_305, 2 ** 44, Number.MAX_SAFE_INTEGER])('says %d', (number) => {
    expect(parse(format(number))).toBe(number);
  });

  it('has leading zeros, so that names sort like numbers', () => {
    expect(format(1)).toBe(first);
  });

  it.each([
    first.replace('1', 'x'),
    first.replace('.', '.tmp.'),
    `${first}${temporarySuffix}`,
    `x${first}`,
    first.replace('1', ''),
    first.replace('0', '00'),
    first.replace(/\d+/, '9'.repeat(20)),
    first.replace(/\d+/, '9'.repeat(400)),
    'head',
    '',
  ])('is not %j', (name) => {
    expect(parse(name)).toBeUndefined();
  });
});

it('gives each thing in a store a name of its own', () => {
  const names = Object.values(fileNames);
  expect(new Set(names).size).toBe(names.length);
});
