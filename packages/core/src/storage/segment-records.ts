/**
 * What the catalog records of segments that are not where they were written: those that were moved to an archive, and
 * those that were dropped on purpose. One object for everything that reads a store; it is filled as the catalog is read. A
 * segment that is missing without such a record is damage. Layout: docs/format.md, "Archived and dropped segments".
 */
import { CorruptionError, EventsDroppedError } from '../errors.ts';
import { partitionFolderName, segmentFileName } from '../format/file-names.ts';
import {
  type ArchivedSegment,
  type DroppedEvents,
  parseArchivedSegments,
  parseDroppedEvents,
  type PartitionBeginning,
} from '../format/segment-record.ts';

/** Where an archived segment is. */
export interface ArchivedFile extends ArchivedSegment {
  /** The archive directory that it was moved to. */
  readonly directory: string;
}

const noArchived: ReadonlyMap<number, ArchivedFile> = new Map();
const wholePartition: PartitionBeginning = { partitionId: 0, offset: 0, previous: 0 };

export class SegmentRecords {
  /** Where archived segments are looked for first. */
  private readonly override: string | undefined;
  private readonly storeId: string;
  private readonly archivedByPartition = new Map<number, Map<number, ArchivedFile>>();
  private readonly beginnings = new Map<number, PartitionBeginning>();
  private dropped: DroppedEvents = { before: 1, beginnings: [], epochs: [] };
  /** Reads on in the catalog: called when a segment is not where it was. */
  readonly lookAgain: () => void;

  constructor(storeId: string, archiveDirectory: string | undefined, lookAgain: () => void) {
    this.storeId = storeId;
    this.override = archiveDirectory;
    this.lookAgain = lookAgain;
  }

  /** Position of the first event that was not dropped. */
  get firstPosition(): number {
    return this.dropped.before;
  }

  /** The epochs of the events that were dropped, each with the last of its positions. */
  get droppedEpochs(): DroppedEvents['epochs'] {
    return this.dropped.epochs;
  }

  /** Applies a record of the catalog; applying it again changes nothing. */
  apply(record: { readonly kind: string; readonly name: string; readonly metadata: unknown }, path: string): void {
    if (record.kind === 'eventsDropped') this.takeDropped(parseDroppedEvents(record.metadata), path);
    else this.takeArchived(parseArchivedSegments(record.metadata), record.name, path);
  }

  /** The epoch of an event that was dropped. */
  droppedEpochAt(position: number): number | undefined {
    return this.dropped.epochs.find(({ last }) => position <= last)?.epoch;
  }

  /** Where the partition begins now; what came before was dropped. */
  beginningOf(partitionId: number): PartitionBeginning {
    return this.beginnings.get(partitionId) ?? wholePartition;
  }

  /** The partition's segments that were moved to an archive, by the offset of their first byte. */
  archivedIn(partitionId: number): ReadonlyMap<number, ArchivedFile> {
    return this.archivedByPartition.get(partitionId) ?? noArchived;
  }

  /** Paths at which an archived segment may be, the likeliest first. */
  archivedPaths(partition: { readonly id: number; readonly name: string }, file: ArchivedFile): string[] {
    const directories = this.override === undefined ? [file.directory] : [this.override, file.directory];
    return directories.map((directory) => {
      return `${this.archiveFolder(directory, partition)}/${segmentFileName(file.from)}`;
    });
  }

  /** The folder in an archive directory for a partition of this store. */
  archiveFolder(directory: string, { id, name }: { readonly id: number; readonly name: string }): string {
    return `${directory.replace(/(?<=.)\/+$/, '')}/${this.storeId}/${partitionFolderName(id, name)}`;
  }

  /** The error for a request for an event that was dropped. */
  droppedError(position: number, directory: string): EventsDroppedError {
    return new EventsDroppedError(directory, position, this.firstPosition);
  }

  /** Throws unless the files in `path`, which cover all positions up to `covered`, cover those that were dropped. */
  assertIndexed(covered: number, path: string): void {
    const { firstPosition } = this;
    if (covered + 1 >= firstPosition) return;
    throw new CorruptionError(`The files in ${path} do not cover position ${covered + 1}, which was dropped.`, {
      path,
      position: covered + 1,
      expected: `files that cover all positions up to ${firstPosition - 1}`,
      hint: 'They cannot be made again from events that are gone: restore them from a replica or backup.',
    });
  }

  private takeDropped(dropped: DroppedEvents | undefined, path: string): void {
    if (dropped === undefined) throw damaged(path, 'of dropped events');
    this.dropped = dropped;
    for (const beginning of dropped.beginnings) this.beginnings.set(beginning.partitionId, beginning);
  }

  private takeArchived(segments: readonly ArchivedSegment[] | undefined, directory: string, path: string): void {
    if (segments === undefined) throw damaged(path, 'of archived segments');
    for (const segment of segments) {
      let archived = this.archivedByPartition.get(segment.partitionId);
      if (archived === undefined) {
        archived = new Map<number, ArchivedFile>();
        this.archivedByPartition.set(segment.partitionId, archived);
      }
      archived.set(segment.from, { ...segment, directory });
    }
  }
}

function damaged(path: string, what: string): CorruptionError {
  return new CorruptionError(`A record ${what} in ${path} has fields that contradict each other.`, { path });
}
