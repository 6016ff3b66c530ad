/**
 * Builds the runs of indexes over events that are older than the index, and puts them on the medium: when an index is new, and
 * again when its run was lost. Scans the events once for all indexes, in bounded memory: postings are written to pieces under
 * temporary names, which are merged at the end. Only the holder of the writer's lock may do so.
 */
import { VarveError } from '@varve/core';
import {
  accessible,
  encodeRun,
  EventReader,
  fileNames,
  IndexRun,
  type IndexSet,
  maxPosting,
  type StoreContext,
  Postings,
  type ReadableStorage,
  replaceFile,
  runPath,
  temporarySuffix,
} from '@varve/core/internal';
import { mergeRuns } from '../runs/merge-runs.ts';
import type { PlannedEvent } from './planned-event.ts';

export interface BackfillInput {
  readonly storage: ReadableStorage;
  readonly context: StoreContext;
  readonly indexes: IndexSet;
}

/** Which indexes an event belongs to. */
export type IndexesOf = (event: PlannedEvent, position: number) => readonly number[];

/** Postings in memory before they are written to a piece. */
const postingsPerPiece = 1_048_576;

export class Backfill {
  /** Number of postings that were found. */
  size = 0;
  private readonly input: BackfillInput;
  private readonly folder: string;
  private postings = new Postings(0);
  private readonly pieces: string[] = [];

  constructor(input: BackfillInput) {
    this.input = input;
    this.folder = `${input.context.indexDirectory}/${fileNames.indexes}`;
  }

  /**
   * Notes that the event at `position` belongs to the index. Throws `INDEX_FULL` for a position that cannot be entered: the run
   * covers everything from the first position on, and its postings are counted from there.
   */
  add(id: number, position: number): void {
    if (position > maxPosting) throw indexFull(this.folder, position);
    this.postings.add(id, position);
    this.size++;
  }

  /**
   * Passes all events up to `last` to `indexesOf`, in order. Writes nothing but temporary pieces. With `callsHooks`, listeners
   * of `preRead` are called before an event is passed on.
   */
  collect(last: number, indexesOf: IndexesOf, callsHooks: boolean): void {
    const { storage } = this.input;
    const reader = new EventReader(storage);
    for (let position = 1; position <= last; position++) {
      if (callsHooks) reader.seek(position);
      else reader.find(position);
      const event = reader.payload() as object;
      const planned = { event, stream: reader.stream(), metadata: () => reader.metadata() };
      for (const id of indexesOf(planned, position)) this.add(id, position);
      if (this.postings.size >= postingsPerPiece) this.writePiece(position);
    }
    this.postings.coverTo(last);
  }

  /**
   * Durably writes the run of the index, or family of indexes, with this id, and adds it to the indexes of this process. The
   * run gets the postings of the ids in `only`, or all of them, and covers the positions up to `last`.
   */
  write(onlyIndex: number, last: number, only?: ReadonlySet<number>): void {
    const { context, indexes } = this.input;
    const { fileSystem, indexDirectory, cache, seed } = context;
    if (this.postings.size > 0 || this.pieces.length === 0) this.writePiece(this.postings.covered);
    const output = runPath(indexDirectory, { base: 0, last, onlyIndex });
    const backfill = { onlyIndex, last };
    const task = { inputs: this.pieces, output, directory: this.folder, seed, backfill };
    mergeRuns(fileSystem, only === undefined ? task : { ...task, only });
    indexes.addBackfill(onlyIndex, new IndexRun({ fileSystem, cache, seed }, output));
  }

  /** Removes the pieces. */
  end(): void {
    const { fileSystem } = this.input.context;
    for (const path of this.pieces) accessible(path, () => fileSystem.remove(path));
    this.pieces.length = 0;
  }

  private writePiece(covered: number): void {
    const { fileSystem, indexDirectory, seed } = this.input.context;
    fileSystem.makeDirectory(this.folder);
    fileSystem.syncDirectory(indexDirectory);
    const path = `${this.folder}/backfill-${this.pieces.length}${temporarySuffix}`;
    this.postings.coverTo(covered);
    replaceFile(fileSystem, path, encodeRun(this.postings.toRun(0), seed), { isDurable: false });
    this.pieces.push(path);
    // Every piece counts from 0, so that the pieces need not be consecutive.
    this.postings = new Postings(0);
    this.postings.coverTo(covered);
  }
}

function indexFull(path: string, position: number): VarveError {
  return new VarveError('INDEX_FULL', `No index over events that are there can have the one at position ${position}.`, {
    path,
    position,
    expected: `positions up to ${maxPosting}`,
    hint: 'Copy the events to a new store in which the index, or the derived stream, is made before them. Nothing was changed.',
  });
}
