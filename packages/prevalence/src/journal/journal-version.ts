/** Relates the journal of a system to its store: which positions belong to it. */
import { type ReadableStorage, sourceOf } from '@varve/core/internal';

/** The number within the journal of the event at a store position; undefined when that event is in another stream. */
export function journalVersionAt(storage: ReadableStorage, stream: string, position: number): number | undefined {
  const source = sourceOf(storage, stream);
  const version = source.versionAt(position);
  return version > source.versionAt(position - 1) ? version : undefined;
}
