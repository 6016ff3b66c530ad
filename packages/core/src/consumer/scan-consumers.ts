/** Which consumers a store has: those whose saved state is in the consumer directory. */
import type { SourceKind } from '../format/file-names.ts';
import { consumerOwnerPath, parseConsumerFileName } from '../format/file-names.ts';
import type { FileSystem } from '../file-system/file-system.ts';
import { readLockOwner } from '../file-system/lock-owner.ts';
import type { ReadableStorage } from '../storage/readable-storage.ts';
import { accessible } from '../storage/store-description.ts';

export interface ConsumerEntry {
  /** Stream and id with a dot between: `orders.mailer`. */
  readonly name: string;
  /** Whether it reads a stream, a join of several, a category or a query. */
  readonly kind: SourceKind;
  /** Name of the stream or category; for joins and queries, their definition as JSON. */
  readonly source: string;
  readonly id: string;
  /** The file with its position and state. */
  readonly path: string;
}

/** Receives the names of all consumers, as `orders.mailer`. */
export type ScanCallback = (error: Error | null, names: string[]) => void;

export function scanStoreConsumers(
  storage: ReadableStorage,
  callback: ScanCallback | undefined,
): Promise<ConsumerEntry[]> | undefined {
  const { fileSystem } = storage.options;
  const scan = async (): Promise<ConsumerEntry[]> => {
    storage.assertOpen();
    return Promise.resolve(scanConsumers(fileSystem, storage.consumerDirectory));
  };
  if (callback === undefined) return scan();
  scan().then(
    (entries) =>
      process.nextTick(
        callback,
        null,
        entries.map(({ name }) => name),
      ),
    (error: unknown) => process.nextTick(callback, error, []),
  );
  return undefined;
}

function scanConsumers(fileSystem: FileSystem, directory: string): ConsumerEntry[] {
  const names = accessible(directory, () => fileSystem.list(directory)) ?? [];
  return names.sort().flatMap((fileName) => {
    const parsed = parseConsumerFileName(fileName);
    if (parsed === undefined) return [];
    const path = `${directory}/${fileName}`;
    // A name that is too long for a file name is in the owner's note, written by the process that ran the consumer
    // last.
    const isWhole = parsed.key !== undefined && parsed.id !== undefined;
    const owner = isWhole ? undefined : readLockOwner(fileSystem, consumerOwnerPath(path));
    const source = parsed.key ?? textOf(owner?.['source']);
    const id = parsed.id ?? textOf(owner?.['consumer']);
    return [{ name: `${source}.${id}`, kind: parsed.kind, source, id, path }];
  });
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '?';
}
