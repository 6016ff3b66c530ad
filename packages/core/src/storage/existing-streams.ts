/**
 * Which names of the catalog are streams. After a crash it can have the name of a write stream whose only commit was lost:
 * nothing refers to that name, so it is not a stream. Nor is, for a reader, a name whose first commit is still to come.
 */
import type { NamedEntry } from './readable-catalog.ts';
import type { ReadableStorage } from './readable-storage.ts';

/** The derived stream, or the write stream with events, that has this name. */
export function existingStream(storage: ReadableStorage, name: string): NamedEntry | undefined {
  const entry = storage.streamNamed(name);
  if (entry === undefined || 'definition' in entry) return entry;
  return storage.streamVersion(entry.id) > 0 ? entry : undefined;
}

/** Names of the write streams that have events, in the order of their creation. */
export function existingStreamNames(storage: ReadableStorage): string[] {
  storage.catalog.refresh();
  const names: string[] = [];
  for (const { id, name } of storage.catalog.streams()) if (storage.streamVersion(id) > 0) names.push(name);
  return names;
}
