/** The files of a store as recovery sees them: partitions by id, read without a writable storage. */
import {
  type FrameCursor,
  type FrameLocation,
  fileNames,
  type StoreContext,
  partitionFolderName,
  ReadablePartition,
} from '@varve/core/internal';
import { recoveredPath } from './recovered-folder.ts';
import type { WritableCatalog } from '../writable-catalog.ts';
import type { WritablePositionIndex } from '../writable-position-index.ts';

export class RecoveryFiles {
  readonly context: StoreContext;
  readonly catalog: WritableCatalog;
  readonly positions: WritablePositionIndex;
  private readonly byId = new Map<number, ReadablePartition>();

  constructor(context: StoreContext, catalog: WritableCatalog, positions: WritablePositionIndex) {
    this.context = context;
    this.catalog = catalog;
    this.positions = positions;
  }

  partition(id: number): ReadablePartition | undefined {
    const known = this.byId.get(id);
    const entry = this.catalog.partition(id);
    if (known !== undefined || entry === undefined) return known;
    const partition = new ReadablePartition(this.context, id, entry.name);
    this.byId.set(id, partition);
    return partition;
  }

  partitions(): ReadablePartition[] {
    return [...this.catalog.partitions()].map((entry) => this.partition(entry.id)!);
  }

  /** Reads the last frame of the commit that ends at `position`, and finds its location; false when there is none. */
  readCommitEndingAt(position: number, cursor: FrameCursor, location: FrameLocation): boolean {
    if (!this.positions.locate(position, location)) return false;
    const check = this.partition(location.partitionId)?.tryRead(location.offset, cursor);
    const { view } = cursor;
    return check === 'whole' && view.lastPosition === position && view.endsCommit;
  }

  /** Moves folders of partitions that are not in the catalog out of the way: a new partition may get their name. */
  setOrphansAside(): void {
    const { dataDirectory: directory, fileSystem } = this.context;
    const parent = `${directory}/${fileNames.partitions}`;
    const known = new Set([...this.catalog.partitions()].map(({ id, name }) => partitionFolderName(id, name)));
    for (const folder of fileSystem.list(parent) ?? []) {
      if (known.has(folder)) continue;
      fileSystem.rename(`${parent}/${folder}`, recoveredPath(fileSystem, directory, folder));
    }
  }
}
