/**
 * The head: how far the store is visible, and how far it is durable. Two slots, each in its own sector, written
 * alternately: a torn write leaves the other slot, with what was true one flush ago. Layout: docs/format.md, "Head".
 */
import { readU32, readU48, readU56, readU8, writeU32, writeU48, writeU56, writeU8 } from './bytes.ts';
import { checksum } from './checksum.ts';
import { layOut } from './layout.ts';

export const headFieldBytes = {
  checksum: 4,
  kind: 1,
  flags: 1,
  sequence: 6,
  epoch: 4,
  visible: 6,
  durable: 6,
  clock: 7,
  catalog: 6,
  indexed: 6,
  durableCatalog: 6,
  redo: 4,
  reserved: 7,
} as const;

export const headLayout = layOut(headFieldBytes);
export const headSlotBytes = headLayout.end;
/** Distance between the slots: larger than a sector, so that one torn sector never hits both. */
export const headSlotDistance = 4096;
export const headFileBytes = headSlotDistance + headSlotBytes;
export const headKind = 0x41;

export const headFlags = {
  /** The writer closed the store cleanly: nothing lies after the visible position. */
  clean: 1,
  /** Callers gave ids to commits, so there is a folder of them. */
  commitIds: 2,
} as const;

export interface Head {
  /** Grows by one with every write; the slot with the higher one counts. */
  readonly sequence: number;
  readonly epoch: number;
  /** Position of the last event that readers may see. */
  readonly visible: number;
  /** Position of the last event that was synced to the medium when this was written. */
  readonly durable: number;
  /** When it was written, in microseconds since 1970, by the writer's clock. */
  readonly clockUs: number;
  readonly clean: boolean;
  /** Whether callers gave ids to commits: if so, files of ids that are missing were lost. */
  readonly hasCommitIds: boolean;
  /** Size of the catalog that the visible events need. */
  readonly catalogBytes: number;
  /** The position index was synced up to this position: recovery trusts it up to here, and rebuilds the rest. */
  readonly indexed: number;
  /** Bytes of the catalog that were synced when this was written; 0 where this was not recorded. */
  readonly durableCatalogBytes: number;
  /** The random number of the redo log whose records count; 0 when none do. */
  readonly redo: number;
}

/** File offset of the slot that a head with this sequence number is written to. */
export function headSlotOffset(sequence: number): number {
  return (sequence % 2) * headSlotDistance;
}

/** Fills `target` (64 bytes) with one slot. */
export function encodeHeadSlot(target: Uint8Array, head: Head, seed: number): void {
  target.fill(0, 0, headSlotBytes);
  writeU8(target, headLayout.kind, headKind);
  const flags = (head.clean ? headFlags.clean : 0) | (head.hasCommitIds ? headFlags.commitIds : 0);
  writeU8(target, headLayout.flags, flags);
  writeU48(target, headLayout.sequence, head.sequence);
  writeU32(target, headLayout.epoch, head.epoch);
  writeU48(target, headLayout.visible, head.visible);
  writeU48(target, headLayout.durable, head.durable);
  writeU56(target, headLayout.clock, head.clockUs);
  writeU48(target, headLayout.catalog, head.catalogBytes);
  writeU48(target, headLayout.indexed, head.indexed);
  writeU48(target, headLayout.durableCatalog, head.durableCatalogBytes);
  writeU32(target, headLayout.redo, head.redo);
  writeU32(target, headLayout.checksum, checksum(target, headLayout.kind, headSlotBytes, seed));
}

/** The newer of the two slots that are intact; undefined when none is. `bytes` is the file from its first byte. */
export function decodeHead(bytes: Uint8Array, lengthBytes: number, seed: number): Head | undefined {
  const first = decodeHeadSlot(bytes, 0, lengthBytes, seed);
  const second = decodeHeadSlot(bytes, headSlotDistance, lengthBytes, seed);
  if (first === undefined || second === undefined) return first ?? second;
  return first.sequence > second.sequence ? first : second;
}

function decodeHeadSlot(bytes: Uint8Array, at: number, lengthBytes: number, seed: number): Head | undefined {
  if (lengthBytes < at + headSlotBytes) return undefined;
  if (readU8(bytes, at + headLayout.kind) !== headKind) return undefined;
  const sum = readU32(bytes, at + headLayout.checksum);
  if (checksum(bytes, at + headLayout.kind, at + headSlotBytes, seed) !== sum) return undefined;
  const flags = readU8(bytes, at + headLayout.flags);
  return {
    sequence: readU48(bytes, at + headLayout.sequence),
    epoch: readU32(bytes, at + headLayout.epoch),
    visible: readU48(bytes, at + headLayout.visible),
    durable: readU48(bytes, at + headLayout.durable),
    clockUs: readU56(bytes, at + headLayout.clock),
    catalogBytes: readU48(bytes, at + headLayout.catalog),
    indexed: readU48(bytes, at + headLayout.indexed),
    durableCatalogBytes: readU48(bytes, at + headLayout.durableCatalog),
    redo: readU32(bytes, at + headLayout.redo),
    clean: (flags & headFlags.clean) !== 0,
    hasCommitIds: (flags & headFlags.commitIds) !== 0,
  };
}

/** The head of a store to which nothing has been written yet. */
export const emptyHead: Head = {
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
};
