import { describe, expect, it } from 'vitest';
import { RandomBytes, testSeed } from '../../test/random-bytes.ts';
import {
  decodeHead,
  emptyHead,
  encodeHeadSlot,
  type Head,
  headFileBytes,
  headSlotBytes,
  headSlotDistance,
  headSlotOffset,
} from './head.ts';

const seed = 0x1234_5678;
const head: Head = {
  sequence: 8,
  epoch: 3,
  visible: 100,
  durable: 90,
  clockUs: 1_700_000_000_000_000,
  clean: true,
  hasCommitIds: false,
  catalogBytes: 640,
  indexed: 64,
  durableCatalogBytes: 512,
  redo: 77,
};

/** The file after these heads were written, each to the slot of its sequence number. */
function fileOf(...heads: readonly Head[]): Buffer {
  const file = Buffer.alloc(headFileBytes);
  for (const each of heads) encodeHeadSlot(file.subarray(headSlotOffset(each.sequence)), each, seed);
  return file;
}

const decode = (bytes: Uint8Array, length = bytes.length): Head | undefined => decodeHead(bytes, length, seed);

describe('a head', () => {
  const edges = {
    sequence: [0, 2 ** 32, 2 ** 48 - 1],
    epoch: [0, 2 ** 32 - 1],
    visible: [0, 2 ** 32, 2 ** 48 - 1],
    durable: [0, 2 ** 32, 2 ** 48 - 1],
    clockUs: [0, 2 ** 48, Number.MAX_SAFE_INTEGER],
    clean: [false, true],
    hasCommitIds: [false, true],
    catalogBytes: [0, 2 ** 32, 2 ** 48 - 1],
    indexed: [0, 2 ** 32, 2 ** 48 - 1],
    durableCatalogBytes: [0, 2 ** 32, 2 ** 48 - 1],
    redo: [0, 2 ** 32 - 1],
  } as const;
  const cases = Object.entries(edges).flatMap(([field, values]) => values.map((value) => ({ field, value })));

  it.each(cases)('keeps $field = $value', ({ field, value }) => {
    const input: Head = { ...head, [field]: value };
    expect(decode(fileOf(input))).toEqual(input);
  });

  it('is the one with the higher sequence number, whichever slot it is in', () => {
    const next = { ...head, sequence: 9, visible: 101 };
    expect(decode(fileOf(head, next))).toEqual(next);
    expect(decode(fileOf(next, { ...head, sequence: 10, visible: 102 }))).toMatchObject({ visible: 102 });
  });

  it('is the other one when a slot is torn anywhere', () => {
    const next = { ...head, sequence: 9, visible: 101 };
    for (let torn = 0; torn < headSlotBytes; torn++) {
      const file = fileOf(head, next);
      file[headSlotOffset(next.sequence) + torn]! ^= 0xff;
      expect(decode(file)).toEqual(head);
    }
  });

  it('is the first slot while the file ends there', () => {
    const file = fileOf(head);
    expect(decode(file, headSlotBytes)).toEqual(head);
    expect(decode(file, headSlotDistance + headSlotBytes - 1)).toEqual(head);
  });

  it('is none in a file that is empty, short, zero or of another store', () => {
    expect(decode(new Uint8Array(0))).toBeUndefined();
    expect(decode(fileOf(head), headSlotBytes - 1)).toBeUndefined();
    expect(decode(Buffer.alloc(headFileBytes))).toBeUndefined();
    expect(decodeHead(fileOf(head), headFileBytes, seed + 1)).toBeUndefined();
  });

  it('is empty before anything was written', () => {
    expect(emptyHead).toEqual({
      sequence: 0,
      epoch: 0,
      visible: 0,
      durable: 0,
      clockUs: 0,
      clean: false,
      hasCommitIds: false,
      catalogBytes: 0,
      indexed: 0,
      durableCatalogBytes: 0,
      redo: 0,
    });
  });

  it('has its slots in sectors of their own', () => {
    expect(headSlotOffset(2)).toBe(0);
    expect(headSlotOffset(3)).toBe(4096);
    expect(headSlotOffset(2 ** 48 - 1)).toBe(4096);
  });

  it(`is one of those that were written, or none, when bytes are changed (seed ${testSeed})`, () => {
    const random = new RandomBytes(testSeed);
    const next = { ...head, sequence: 9, visible: 101 };
    for (let round = 0; round < 3000; round++) {
      const file = random.mutate(random.pick([fileOf(head, next), random.bytes(random.below(128))]));
      expect([head, next, undefined]).toContainEqual(decode(file));
    }
  });
});
