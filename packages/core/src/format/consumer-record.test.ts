import { describe, expect, it } from 'vitest';
import { RandomBytes, testSeed } from '../../test/random-bytes.ts';
import { writeU32, writeU48, writeU8 } from './bytes.ts';
import { checksum } from './checksum.ts';
import {
  consumerHeaderBytes,
  consumerHeaderLayout,
  consumerMark,
  consumerRecordBytes,
  type ConsumerRecord,
  consumerSlotLayout,
  consumerSlotOffset,
  consumerSlotSeed,
  decodeConsumerHeader,
  decodeConsumerRecords,
  encodeConsumerHeader,
  encodeConsumerRecord,
  newestPosition,
} from './consumer-record.ts';

const storeId = '0123456789abcdef0123456789abcdef';
const slotBytes = 128;
const orders = { holds: 'state', kind: 'stream', key: 'orders', consumerId: 'mailer' } as const;
const consumer = consumerMark(orders);
const goodHeader = encodeConsumerHeader({ slotBytes, storeId, consumer });
const slotSeed = consumerSlotSeed(goodHeader);
const record: ConsumerRecord = {
  sequence: 4,
  position: 100,
  epoch: 2,
  frameChecksum: 55,
  state: Buffer.from('state of four'),
};

/** The file after these records were written, each to the slot of its sequence number. */
function fileOf(...records: readonly ConsumerRecord[]): Buffer {
  const file = Buffer.alloc(consumerHeaderBytes + 2 * slotBytes);
  file.set(goodHeader);
  for (const each of records) {
    encodeConsumerRecord(file.subarray(consumerSlotOffset(each.sequence, slotBytes)), each, slotSeed);
  }
  return file;
}

const decode = (bytes: Uint8Array): ConsumerRecord | undefined => decodeConsumerRecords(bytes, { slotBytes, slotSeed });

function forgeHeader(change: (bytes: Uint8Array) => void): Uint8Array {
  const bytes = goodHeader.slice();
  change(bytes);
  const sum = checksum(bytes, consumerHeaderLayout.magic, consumerHeaderBytes, 0);
  writeU32(bytes, consumerHeaderLayout.checksum, sum);
  return bytes;
}

describe('the header of a consumer file', () => {
  it.each([consumerSlotLayout.end, 4096, 2 ** 32, 2 ** 48 - 1])('keeps slots of %d bytes', (size) => {
    const header = encodeConsumerHeader({ slotBytes: size, storeId, consumer });
    expect(decodeConsumerHeader(header)).toEqual({
      slotBytes: size,
      storeId,
      consumer,
      slotSeed: consumerSlotSeed(header),
    });
  });

  it('shows a flip of any one bit, and a cut', () => {
    const good = goodHeader;
    for (let bit = 0; bit < good.length * 8; bit++) {
      const bytes = Buffer.from(good);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      expect(['magic', 'checksum']).toContain(decodeConsumerHeader(bytes));
    }
    for (let end = 0; end < good.length; end++) expect(decodeConsumerHeader(good.subarray(0, end))).toBe('short');
  });

  it('says what is wrong', () => {
    expect(decodeConsumerHeader(forgeHeader((bytes) => writeU8(bytes, consumerHeaderLayout.magic, 0)))).toBe('magic');
    expect(decodeConsumerHeader(forgeHeader((bytes) => writeU8(bytes, consumerHeaderLayout.version, 3)))).toBe(
      'version',
    );
    const tooSmall = (bytes: Uint8Array): void => writeU48(bytes, consumerHeaderLayout.slotBytes, 27);
    expect(decodeConsumerHeader(forgeHeader(tooSmall))).toBe('fields');
    const noId = (bytes: Uint8Array): void => writeU8(bytes, consumerHeaderLayout.storeId, 0xff);
    expect(decodeConsumerHeader(forgeHeader(noId))).toBe('fields');
  });
});

describe('a file of version 1', () => {
  it('does not say whose it is, and the checksums of its slots start from 0', () => {
    const header = forgeHeader((bytes) => writeU8(bytes, consumerHeaderLayout.version, 1));
    expect(decodeConsumerHeader(header)).toEqual({ slotBytes, storeId, consumer: undefined, slotSeed: 0 });
  });
});

describe('the mark of a consumer', () => {
  it('is another one for each thing that makes another consumer of it', () => {
    const others = [
      { ...orders, holds: 'dead letters' },
      { ...orders, kind: 'category' },
      { ...orders, key: 'orders.' },
      { ...orders, consumerId: 'mailer2' },
    ] as const;
    expect(new Set([orders, ...others].map(consumerMark)).size).toBe(5);
    expect(consumer).toMatch(/^[0-9a-f]{32}$/);
  });

  it('is covered by the checksums of its slots', () => {
    const other = encodeConsumerHeader({ slotBytes, storeId, consumer: consumerMark({ ...orders, key: 'other' }) });
    const otherSeed = consumerSlotSeed(other);
    expect(decodeConsumerRecords(fileOf(record), { slotBytes, slotSeed: otherSeed })).toBeUndefined();
  });
});

describe('the record of a consumer', () => {
  const edges = {
    sequence: [0, 1, 2 ** 32, 2 ** 48 - 1],
    position: [0, 2 ** 32, 2 ** 48 - 1],
    epoch: [0, 2 ** 32 - 1],
    frameChecksum: [0, 2 ** 32 - 1],
    state: [Buffer.alloc(0), Buffer.of(0), Buffer.alloc(slotBytes - consumerSlotLayout.end, 7)],
  } as const;
  const cases = Object.entries(edges).flatMap(([field, values]) => values.map((value) => ({ field, value })));

  it.each(cases)('keeps $field = $value', ({ field, value }) => {
    const input: ConsumerRecord = { ...record, [field]: value };
    expect(decode(fileOf(input))).toEqual(input);
  });

  it('is the one with the higher sequence number, whichever slot it is in', () => {
    const next = { ...record, sequence: 5, position: 101 };
    expect(decode(fileOf(record, next))).toEqual(next);
    expect(decode(fileOf(next, { ...record, sequence: 6, position: 102 }))).toMatchObject({ position: 102 });
  });

  it('is the other one when a slot is torn anywhere', () => {
    const next = { ...record, sequence: 5, position: 101 };
    for (let torn = 0; torn < consumerRecordBytes(next.state.length); torn++) {
      const file = fileOf(record, next);
      file[consumerSlotOffset(next.sequence, slotBytes) + torn]! ^= 0xff;
      expect(decode(file)).toEqual(record);
    }
  });

  it('is read from a file that ends with it', () => {
    const end = consumerSlotOffset(record.sequence, slotBytes) + consumerRecordBytes(record.state.length);
    expect(decode(fileOf(record).subarray(0, end))).toEqual(record);
    expect(decode(fileOf(record).subarray(0, end - 1))).toBeUndefined();
  });

  it('is none when there is none, or when it says to be larger than its slot', () => {
    expect(decode(fileOf())).toBeUndefined();
    expect(decode(new Uint8Array(0))).toBeUndefined();
    const large = { ...record, state: Buffer.alloc(200) };
    const bytes = Buffer.alloc(consumerHeaderBytes + 300);
    encodeConsumerRecord(bytes.subarray(consumerHeaderBytes), large, slotSeed);
    expect(decode(bytes)).toBeUndefined();
    expect(decodeConsumerRecords(bytes, { slotBytes: 300, slotSeed })).toEqual(large);
  });

  it.each([0, 27, 2 ** 48 - 1])('is none in slots of %d bytes that hold nothing', (size) => {
    expect(decodeConsumerRecords(fileOf(), { slotBytes: size, slotSeed })).toBeUndefined();
  });

  it(`is one of those that were written, or none, when bytes are changed (seed ${testSeed})`, () => {
    const random = new RandomBytes(testSeed);
    const next = { ...record, sequence: 5, position: 101 };
    for (let round = 0; round < 3000; round++) {
      const file = random.mutate(random.pick([fileOf(record, next), random.bytes(random.below(400))]));
      const header = decodeConsumerHeader(file);
      expect([record, next, undefined]).toContainEqual(decode(file));
      expect([{ slotBytes, storeId, consumer, slotSeed }, 'short', 'magic', 'checksum']).toContainEqual(header);
    }
  });
});

it('the position of the newer slot is told by its fixed part, and is 0 while nothing was handled', () => {
  const slotsOf = (file: Buffer): Uint8Array[] =>
    [0, 1].map((sequence) => {
      const at = consumerSlotOffset(sequence, slotBytes);
      return file.subarray(at, at + consumerSlotLayout.end);
    });
  expect(newestPosition(slotsOf(fileOf()))).toBeUndefined();
  expect(newestPosition([new Uint8Array(consumerSlotLayout.end - 1)])).toBeUndefined();
  expect(newestPosition(slotsOf(fileOf(record, { ...record, sequence: 5, position: 120 })))).toBe(120);
  expect(newestPosition(slotsOf(fileOf(record, { ...record, sequence: 3, position: 80 })))).toBe(100);
  // The position of one that was set to a position and has handled nothing is where it begins.
  expect(newestPosition(slotsOf(fileOf({ ...record, epoch: 0 })))).toBe(0);
});
