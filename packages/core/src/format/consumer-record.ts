/**
 * The file of one consumer: a header and two slots, written in turn, each with position and state in one record.
 * A torn write leaves the other slot whole, so position and state always belong together. A state that outgrows its
 * slot goes to a new file, which replaces the old one by rename. Layout: docs/format.md, "Consumer".
 *
 * The checksums here start from 0, not from the store's seed: a file that belongs to another store is told from a
 * damaged one by the store id in its header.
 */
import { readU32, readU48, readU8, writeU32, writeU48, writeU8 } from './bytes.ts';
import { checksum } from './checksum.ts';
import { layOut } from './layout.ts';
import { hasMagic, magics, writeMagic } from './magic.ts';
import { isStoreId } from './store-file.ts';

export const consumerHeaderFieldBytes = {
  checksum: 4,
  magic: 5,
  version: 1,
  slotBytes: 6,
  storeId: 32,
  reserved: 16,
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

const consumerFormatVersion = 1;

export interface ConsumerHeader {
  /** Bytes from the start of one slot to the start of the next, which no record may exceed. */
  readonly slotBytes: number;
  /** The id of the store that the positions belong to, 32 hexadecimal digits. */
  readonly storeId: string;
}

export interface ConsumerRecord {
  /** Grows by one with every checkpoint; the slot with the higher one counts. */
  readonly sequence: number;
  /**
   * Position, in the store, of the last event that the state contains; while there is none (the epoch is 0), the version
   * of the stream that the consumer begins after.
   */
  readonly position: number;
  /** Epoch and checksum of the frame of that event; both 0 when there is none. */
  readonly epoch: number;
  readonly frameChecksum: number;
  readonly state: Uint8Array;
}

export type ConsumerHeaderFault = 'short' | 'magic' | 'version' | 'checksum' | 'fields';

export function encodeConsumerHeader(header: ConsumerHeader): Uint8Array {
  const bytes = new Uint8Array(consumerHeaderBytes);
  writeMagic(bytes, consumerHeaderLayout.magic, magics.consumer);
  writeU8(bytes, consumerHeaderLayout.version, consumerFormatVersion);
  writeU48(bytes, consumerHeaderLayout.slotBytes, header.slotBytes);
  bytes.set(new TextEncoder().encode(header.storeId), consumerHeaderLayout.storeId);
  writeU32(bytes, consumerHeaderLayout.checksum, checksum(bytes, consumerHeaderLayout.magic, consumerHeaderBytes, 0));
  return bytes;
}

export function decodeConsumerHeader(bytes: Uint8Array): ConsumerHeader | ConsumerHeaderFault {
  if (bytes.length < consumerHeaderBytes) return 'short';
  if (!hasMagic(bytes, consumerHeaderLayout.magic, magics.consumer)) return 'magic';
  const sum = readU32(bytes, consumerHeaderLayout.checksum);
  if (checksum(bytes, consumerHeaderLayout.magic, consumerHeaderBytes, 0) !== sum) return 'checksum';
  if (readU8(bytes, consumerHeaderLayout.version) !== consumerFormatVersion) return 'version';
  const storeId = new TextDecoder().decode(
    bytes.subarray(consumerHeaderLayout.storeId, consumerHeaderLayout.storeId + consumerHeaderFieldBytes.storeId),
  );
  const slotBytes = readU48(bytes, consumerHeaderLayout.slotBytes);
  return isStoreId(storeId) && slotBytes >= consumerSlotLayout.end ? { slotBytes, storeId } : 'fields';
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
export function encodeConsumerRecord(target: Uint8Array, record: ConsumerRecord): void {
  const length = consumerRecordBytes(record.state.length);
  writeU32(target, consumerSlotLayout.length, length);
  writeU48(target, consumerSlotLayout.sequence, record.sequence);
  writeU48(target, consumerSlotLayout.position, record.position);
  writeU32(target, consumerSlotLayout.epoch, record.epoch);
  writeU32(target, consumerSlotLayout.frameChecksum, record.frameChecksum);
  target.set(record.state, consumerSlotLayout.end);
  writeU32(target, consumerSlotLayout.checksum, checksum(target, consumerSlotLayout.length, length, 0));
}

/** The newer of the two records that are whole, or undefined when none is. `bytes` is the whole file. */
export function decodeConsumerRecords(bytes: Uint8Array, slotBytes: number): ConsumerRecord | undefined {
  const first = decodeSlot(bytes, consumerHeaderBytes, slotBytes);
  const second = decodeSlot(bytes, consumerHeaderBytes + slotBytes, slotBytes);
  if (first === undefined || second === undefined) return first ?? second;
  return first.sequence > second.sequence ? first : second;
}

function decodeSlot(bytes: Uint8Array, at: number, slotBytes: number): ConsumerRecord | undefined {
  if (bytes.length < at + consumerSlotLayout.end) return undefined;
  const length = readU32(bytes, at + consumerSlotLayout.length);
  if (length < consumerSlotLayout.end || length > slotBytes || at + length > bytes.length) return undefined;
  const sum = readU32(bytes, at + consumerSlotLayout.checksum);
  if (checksum(bytes, at + consumerSlotLayout.length, at + length, 0) !== sum) return undefined;
  return {
    sequence: readU48(bytes, at + consumerSlotLayout.sequence),
    position: readU48(bytes, at + consumerSlotLayout.position),
    epoch: readU32(bytes, at + consumerSlotLayout.epoch),
    frameChecksum: readU32(bytes, at + consumerSlotLayout.frameChecksum),
    state: bytes.subarray(at + consumerSlotLayout.end, at + length),
  };
}

/** The position in the newer of these slots, of which only the fixed part need be there; not compared with checksums. */
export function newestPosition(slots: readonly Uint8Array[]): number | undefined {
  const { sequence, position, epoch } = consumerSlotLayout;
  const written = slots.filter((slot) => slot.length >= consumerSlotLayout.end && readU48(slot, sequence) > 0);
  const newest = written.toSorted((left, right) => readU48(right, sequence) - readU48(left, sequence))[0];
  if (newest === undefined) return undefined;
  return readU32(newest, epoch) === 0 ? 0 : readU48(newest, position);
}
