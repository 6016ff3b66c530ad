/**
 * Makes the index run of a new index over events that were there before it, and puts it on the medium. Only the
 * holder of the writer's lock may do so.
 */
import {
  encodeRun,
  EventReader,
  fileNames,
  IndexRun,
  type IndexSet,
  type PartitionContext,
  Postings,
  type ReadableStorage,
  replaceFile,
  runPath,
  temporarySuffix,
} from '@varve/core/internal';
import type { PlannedEvent } from './planned-event.ts';

export interface BackfillInput {
  readonly storage: ReadableStorage;
  readonly context: PartitionContext;
  readonly indexes: IndexSet;
}

/** Which indexes an event belongs to. */
export type IndexesOf = (event: PlannedEvent) => readonly number[];

/** Asks about all events up to `last`, in order. Nothing is written. */
export function collectPostings(storage: ReadableStorage, last: number, indexesOf: IndexesOf): Postings {
  const postings = new Postings(0);
  const reader = new EventReader(storage);
  for (let position = 1; position <= last; position++) {
    reader.seek(position);
    const event = reader.payload() as object;
    for (const id of indexesOf({ event, stream: reader.stream(), metadata: () => reader.metadata() })) {
      postings.add(id, position);
    }
  }
  postings.coverTo(last);
  return postings;
}

/** Writes the run, durably, and takes it into the indexes of this process. */
export function writeBackfill(input: BackfillInput, onlyIndex: number, postings: Postings): void {
  const { fileSystem, indexDirectory: directory, cache, seed } = input.context;
  const contents = { ...postings.toRun(), onlyIndex };
  const path = runPath(directory, contents);
  const folder = `${directory}/${fileNames.indexes}`;
  fileSystem.makeDirectory(folder);
  fileSystem.syncDirectory(directory);
  const place = { directory: folder, path, temporaryPath: path + temporarySuffix };
  replaceFile(fileSystem, place, encodeRun(contents, seed), true);
  input.indexes.addBackfill(onlyIndex, new IndexRun({ fileSystem, cache, seed }, path));
}
