/** Where the journal of a system stands in its store: which positions are its own. */
import { type ReadableStorage, sourceOf } from '@varve/core/internal';

/** The number, in the journal, of the event at a position of the store; undefined when that is of another stream. */
export function journalVersionAt(storage: ReadableStorage, stream: string, position: number): number | undefined {
  const source = sourceOf(storage, stream);
  const version = source.versionAt(position);
  return version > source.versionAt(position - 1) ? version : undefined;
}
