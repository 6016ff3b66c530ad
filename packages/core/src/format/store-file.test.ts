import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { RandomBytes, testSeed } from '../../test/random-bytes.ts';
import {
  decodeStoreDescription,
  decodePartFile,
  encodePartFile,
  encodeStoreDescription,
  partedVersion,
  type StoreDescription,
  type StoreDescriptionFault,
} from './store-file.ts';

const description: StoreDescription = {
  id: '0123456789abcdef0123456789abcdef',
  codec: 'msgpackr',
  partitioner: 'shared',
  created: '2026-01-01T00:00:00.000Z',
};

const faults: readonly StoreDescriptionFault[] = ['json', 'format', 'newer', 'fields', 'checksum'];

/** A description with any fields, and the matching checksum. */
function forge(fields: object): string {
  const checksum = crc32(JSON.stringify(fields)).toString(16).padStart(8, '0');
  return JSON.stringify({ ...fields, checksum });
}

describe('the description of a store', () => {
  it.each([description, { ...description, codec: 'custom', partitioner: 'ö "quoted"\n' }])('keeps %j', (input) => {
    expect(decodeStoreDescription(encodeStoreDescription(input))).toEqual(input);
  });

  it.each([[], [1, 2, 255]])('keeps the compression with a dictionary of %j', (...bytes) => {
    const input = { ...description, compression: { algorithm: 'zstd', dictionary: Buffer.from(bytes) } };
    expect(decodeStoreDescription(encodeStoreDescription(input))).toEqual(input);
  });

  it('keeps where files are, and the version that goes with it', () => {
    const input = {
      ...description,
      dataDirectory: '/data',
      indexDirectory: '/indexes ö',
      version: partedVersion,
    } as const;
    expect(decodeStoreDescription(encodeStoreDescription(input))).toEqual(input);
    expect(JSON.parse(encodeStoreDescription(input))).toMatchObject({ version: 2 });
    expect(JSON.parse(encodeStoreDescription(description))).toMatchObject({ version: 1 });
  });

  it('may be laid out in another way', () => {
    const text = JSON.stringify(JSON.parse(encodeStoreDescription(description)));
    expect(decodeStoreDescription(text)).toEqual(description);
  });

  const good = { format: 'varve', version: 1, ...description };
  it.each([
    ['json', ''],
    ['json', '{'],
    ['format', 'null'],
    ['format', '[]'],
    ['format', '"varve"'],
    ['format', '{"format":"other"}'],
    ['newer', forge({ ...good, version: 3 })],
    ['newer', '{"format":"varve","version":3}'],
    ['fields', forge({ ...good, dataDirectory: 1 })],
    ['fields', forge({ ...good, indexDirectory: '' })],
    ['fields', '{"format":"varve"}'],
    ['fields', forge({ ...good, version: '1' })],
    ['fields', forge({ ...good, version: 0 })],
    ['fields', forge({ ...good, version: 0.5 })],
    ['fields', forge({ ...good, id: 'XYZ' })],
    ['fields', forge({ ...good, id: `${description.id}0` })],
    ['fields', forge({ ...good, codec: 7 })],
    ['fields', forge({ ...good, partitioner: null })],
    ['fields', forge({ ...good, created: undefined })],
    ['fields', forge({ ...good, compression: 1 })],
    ['fields', forge({ ...good, compression: 'zstd', dictionary: 1 })],
    ['fields', forge({ ...good, codec: { name: 'msgpackr' } })],
    ['checksum', encodeStoreDescription(description).replace('msgpackr', 'json')],
    ['checksum', JSON.stringify(good)],
  ])('has the fault %s: %s', (fault, text) => {
    expect(decodeStoreDescription(text)).toBe(fault);
  });

  it('is refused, and not walked through, when it is nested without end', () => {
    const depth = 100_000;
    const text = JSON.stringify(good).replace('}', `,"more":${'['.repeat(depth)}${']'.repeat(depth)}}`);
    expect(decodeStoreDescription(text)).toBe('fields');
  });

  it(`is refused, or the same, when its bytes are changed (seed ${testSeed})`, () => {
    const random = new RandomBytes(testSeed);
    for (let round = 0; round < 5000; round++) {
      const text = random.mutate(Buffer.from(encodeStoreDescription(description))).toString('utf8');
      expect([description, ...faults]).toContainEqual(decodeStoreDescription(text));
    }
  });
});

describe('the file that says whose files are beside it', () => {
  const part = { store: description.id, directory: '/data/ö "quoted"/store' };

  it('keeps the store', () => {
    expect(decodePartFile(encodePartFile(part))).toEqual(part);
  });

  it(`is refused when its bytes are changed (seed ${testSeed})`, () => {
    const random = new RandomBytes(testSeed);
    const text = encodePartFile(part);
    for (let round = 0; round < 2000; round++) {
      const changed = random.mutate(Buffer.from(text)).toString('utf8');
      expect(decodePartFile(changed)).toEqual(changed === text ? part : undefined);
    }
    for (const other of ['', 'null', '{}', '[]', text.replace('varve-part', 'varve')]) {
      expect(decodePartFile(other)).toBeUndefined();
    }
  });
});
