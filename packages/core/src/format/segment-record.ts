/**
 * The contents, as JSON, of the catalog's records of archived and dropped segments. Layout: docs/format.md, "Archived
 * and dropped segments".
 */

/** A segment that was moved to an archive: bytes `from` to `to` of its partition. */
export interface ArchivedSegment {
  readonly partitionId: number;
  readonly from: number;
  readonly to: number;
  /** Of its last frame, so that the partition can be appended to without the archive. */
  readonly lastChecksum: number;
  readonly lastPosition: number;
}

/** Where a partition begins after a drop: at the offset of a segment, or at its end when no segment is left. */
export interface PartitionBeginning {
  readonly partitionId: number;
  readonly offset: number;
  /** Checksum of the last frame before that offset. */
  readonly previous: number;
}

/** All events before a position were dropped. */
export interface DroppedEvents {
  readonly before: number;
  /** The beginnings of the partitions that lost segments in this drop. */
  readonly beginnings: readonly PartitionBeginning[];
  /** The epochs of all dropped events, each with the last of its positions; ascending. */
  readonly epochs: readonly { readonly epoch: number; readonly last: number }[];
}

type Fields = Readonly<Record<string, unknown>>;

export function archivedSegmentsFields(segments: readonly ArchivedSegment[]): Fields {
  return {
    segments: segments.map(({ partitionId, from, to, lastChecksum, lastPosition }) => {
      return [partitionId, from, to, lastChecksum, lastPosition];
    }),
  };
}

/** Undefined when these are not such fields. */
export function parseArchivedSegments(fields: unknown): ArchivedSegment[] | undefined {
  const segments = numberLists((fields as Fields | undefined)?.['segments'], 5);
  if (segments?.every(([partitionId, from, to]) => partitionId! > 0 && from! < to!) !== true) return undefined;
  return segments.map(([partitionId, from, to, lastChecksum, lastPosition]) => {
    return {
      partitionId: partitionId!,
      from: from!,
      to: to!,
      lastChecksum: lastChecksum!,
      lastPosition: lastPosition!,
    };
  });
}

export function droppedEventsFields({ before, beginnings, epochs }: DroppedEvents): Fields {
  return {
    before,
    partitions: beginnings.map(({ partitionId, offset, previous }) => [partitionId, offset, previous]),
    epochs: epochs.map(({ epoch, last }) => [epoch, last]),
  };
}

/** Undefined when these are not such fields. */
export function parseDroppedEvents(fields: unknown): DroppedEvents | undefined {
  const { before, partitions, epochs } = (fields ?? {}) as Fields;
  const beginnings = numberLists(partitions, 3);
  const epochEnds = numberLists(epochs, 2);
  if (!isNumber(before) || before < 1 || beginnings === undefined || epochEnds === undefined) return undefined;
  return {
    before,
    beginnings: beginnings.map(([partitionId, offset, previous]) => {
      return { partitionId: partitionId!, offset: offset!, previous: previous! };
    }),
    epochs: epochEnds.map(([epoch, last]) => ({ epoch: epoch!, last: last! })),
  };
}

function numberLists(value: unknown, length: number): number[][] | undefined {
  if (!Array.isArray(value)) return undefined;
  const isGood = (item: unknown): boolean => Array.isArray(item) && item.length === length && item.every(isNumber);
  return value.every(isGood) ? (value as number[][]) : undefined;
}

function isNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
