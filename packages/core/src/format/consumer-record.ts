/**
 * The file of one consumer: a header and two slots, written alternately, each with position and state in one record. A
 * torn write leaves the other slot intact, so position and state always belong together. A state that outgrows its slot
 * goes to a new file, which replaces the old one by rename. Layout: docs/format.md, "Consumer".
 *
 * The checksum of the header starts from 0, not from the store's seed: the store id in the header then tells a file of
 * another store from a damaged one. The checksums of the slots start from that of the header, so that a slot of another
 * file, or of another consumer's file, is not accepted.
 */
import { createHash } from 'node:crypto';
import { readU32, readU48, readU8, writeU32, writeU48, writeU8 } from './bytes.ts';
import { checksum } from './checksum.ts';
import type { SourceKind } from './file-names.ts';
import { layOut } from './layout.ts';
import { hasMagic, magics, writeMagic } from './magic.ts';
import { isStoreId } from './store-file.ts';

export const consumerHeaderFieldBytes = {
  checksum: 4,
  magic: 5,
  version: 1,
  slotBytes: 6,
  storeId: 32,
  consumer: 16,
} as const;

export const consumerHeaderLayout = layOut(consumerHeaderFieldBytes);
export const consumerHeaderBytes = consumerHeaderLayout.end;

/** The fixed part of a slot; the encoded state follows. */
export const consumerSlotFieldBytes = {
  checksum: 4,
  length: 4,
  sequence: 6,
  position: 6,
  epoch: 4,
  frameChecksum: 4,
} as const;

export const consumerSlotLayout = layOut(consumerSlotFieldBytes);

/**
 * Stored: never change these values. Files of the first version do not name their consumer, and their slot checksums start
 * from 0.
 */
const consumerVersions = { nameless: 1, named: 2 } as const;

/** The owner that a file names. */
export interface ConsumerFileOwner {
  /** The id of the store that the positions belong to, 32 hexadecimal digits. */
  readonly storeId: string;
  /** The mark of the consumer, 32 hexadecimal digits; undefined in a file of the first version. */
  readonly consumer: string | undefined;
}

export interface ConsumerHeader extends ConsumerFileOwner {
  /** Bytes from the start of one slot to the start of the next, which no record may exceed. */
  readonly slotBytes: number;
  /** Seed of the checksums of the slots. */
  readonly slotSeed: number;
}

/** Which consumer a file belongs to, and what of the consumer it holds. */
export interface ConsumerIdentity {
  readonly holds: 'state' | 'dead letters';
  /** What the consumer reads: the kind of the source, and the text that distinguishes it from all other sources. */
  readonly kind: SourceKind;
  readonly key: string;
  readonly consumerId: string;
}

export interface ConsumerRecord {
  /** Grows by one with every checkpoint; the slot with the higher one counts. */
  readonly sequence: number;
  /**
   * Position, in the store, of the last event in the state; while there is none (the epoch is 0), the version of the
   * stream that the consumer begins after.
   */
  readonly position: number;
  /** Epoch and checksum of the frame of that event; both 0 when there is none. */
  readonly epoch: number;
  readonly frameChecksum: number;
  readonly state: Uint8Array;
}

export type ConsumerHeaderFault = 'short' | 'magic' | 'version' | 'checksum' | 'fields';

/** The first 16 bytes of the SHA-256 of these fields as JSON, in hexadecimal digits. */
export function consumerMark({ holds, kind, key, consumerId }: ConsumerIdentity): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([holds, kind, key, consumerId]))
    .digest('hex');
  return digest.slice(0, 2 * consumerHeaderFieldBytes.consumer);
}

export function encodeConsumerHeader(header: {
  readonly slotBytes: number;
  readonly storeId: string;
  readonly consumer: string;
}): Uint8Array {
  const bytes = new Uint8Array(consumerHeaderBytes);
  writeMagic(bytes, consumerHeaderLayout.magic, magics.consumer);
  writeU8(bytes, consumerHeaderLayout.version, consumerVersions.named);
  writeU48(bytes, consumerHeaderLayout.slotBytes, header.slotBytes);
  bytes.set(new TextEncoder().encode(header.storeId), consumerHeaderLayout.storeId);
  bytes.set(Buffer.from(header.consumer, 'hex'), consumerHeaderLayout.consumer);
  writeU32(bytes, consumerHeaderLayout.checksum, checksum(bytes, consumerHeaderLayout.magic, consumerHeaderBytes, 0));
  return bytes;
}

export function decodeConsumerHeader(bytes: Uint8Array): ConsumerHeader | ConsumerHeaderFault {
  if (bytes.length < consumerHeaderBytes) return 'short';
  if (!hasMagic(bytes, consumerHeaderLayout.magic, magics.consumer)) return 'magic';
  const sum = readU32(bytes, consumerHeaderLayout.checksum);
  if (checksum(bytes, consumerHeaderLayout.magic, consumerHeaderBytes, 0) !== sum) return 'checksum';
  const version = readU8(bytes, consumerHeaderLayout.version);
  const isNamed = version === consumerVersions.named;
  if (!isNamed && version !== consumerVersions.nameless) return 'version';
  const { storeId: idAt, consumer: consumerAt } = consumerHeaderLayout;
  const storeId = new TextDecoder().decode(bytes.subarray(idAt, idAt + consumerHeaderFieldBytes.storeId));
  const slotBytes = readU48(bytes, consumerHeaderLayout.slotBytes);
  if (!isStoreId(storeId) || slotBytes < consumerSlotLayout.end) return 'fields';
  const mark = Buffer.from(bytes.subarray(consumerAt, consumerAt + consumerHeaderFieldBytes.consumer)).toString('hex');
  return { slotBytes, storeId, consumer: isNamed ? mark : undefined, slotSeed: isNamed ? sum : 0 };
}

/** Seed of the slot checksums in a file that begins with this header. */
export function consumerSlotSeed(header: Uint8Array): number {
  return readU32(header, consumerHeaderLayout.checksum);
}

/** Bytes of a slot's record with a state of `stateBytes`. */
export function consumerRecordBytes(stateBytes: number): number {
  return consumerSlotLayout.end + stateBytes;
}

/** File offset of the slot that the record with this sequence number is written to. */
export function consumerSlotOffset(sequence: number, slotBytes: number): number {
  return consumerHeaderBytes + (sequence % 2) * slotBytes;
}

/** Writes the record at the start of `target`, which has `consumerRecordBytes(record.state.length)` bytes of room. */
export function encodeConsumerRecord(target: Uint8Array, record: ConsumerRecord, slotSeed: number): void {
  const length = consumerRecordBytes(record.state.length);
  writeU32(target, consumerSlotLayout.length, length);
  writeU48(target, consumerSlotLayout.sequence, record.sequence);
  writeU48(target, consumerSlotLayout.position, record.position);
  writeU32(target, consumerSlotLayout.epoch, record.epoch);
  writeU32(target, consumerSlotLayout.frameChecksum, record.frameChecksum);
  target.set(record.state, consumerSlotLayout.end);
  writeU32(target, consumerSlotLayout.checksum, checksum(target, consumerSlotLayout.length, length, slotSeed));
}

/** The newer of the two records that are intact, or undefined when none is. `bytes` is the whole file. */
export function decodeConsumerRecords(bytes: Uint8Array, slots: ConsumerSlots): ConsumerRecord | undefined {
  const first = decodeSlot(bytes, consumerHeaderBytes, slots);
  const second = decodeSlot(bytes, consumerHeaderBytes + slots.slotBytes, slots);
  if (first === undefined || second === undefined) return first ?? second;
  return first.sequence > second.sequence ? first : second;
}

type ConsumerSlots = Pick<ConsumerHeader, 'slotBytes' | 'slotSeed'>;

function decodeSlot(bytes: Uint8Array, at: number, { slotBytes, slotSeed }: ConsumerSlots): ConsumerRecord | undefined {
  if (bytes.length < at + consumerSlotLayout.end) return undefined;
  const length = readU32(bytes, at + consumerSlotLayout.length);
  if (length < consumerSlotLayout.end || length > slotBytes || at + length > bytes.length) return undefined;
  const sum = readU32(bytes, at + consumerSlotLayout.checksum);
  if (checksum(bytes, at + consumerSlotLayout.length, at + length, slotSeed) !== sum) return undefined;
  return {
    sequence: readU48(bytes, at + consumerSlotLayout.sequence),
    position: readU48(bytes, at + consumerSlotLayout.position),
    epoch: readU32(bytes, at + consumerSlotLayout.epoch),
    frameChecksum: readU32(bytes, at + consumerSlotLayout.frameChecksum),
    state: bytes.subarray(at + consumerSlotLayout.end, at + length),
  };
}

/**
 * The position in the newer of these slots, of which only the fixed part is needed; 0 when its epoch is 0. Checksums are
 * not verified.
 */
export function newestPosition(slots: readonly Uint8Array[]): number | undefined {
  const { sequence, position, epoch } = consumerSlotLayout;
  const written = slots.filter((slot) => slot.length >= consumerSlotLayout.end && readU48(slot, sequence) > 0);
  const newest = written.toSorted((left, right) => readU48(right, sequence) - readU48(left, sequence))[0];
  if (newest === undefined) return undefined;
  return readU32(newest, epoch) === 0 ? 0 : readU48(newest, position);
}
