/**
 * What a consumer saved last, read from outside: without running or owning it, even while another process runs it. Any
 * process may use it; it writes nothing.
 */
import { hasErrorCode } from '../errors.ts';
import type { FileSystem } from '../file-system/file-system.ts';
import { nodeFileSystem } from '../file-system/node-file-system.ts';
import { fileNames } from '../format/file-names.ts';
import { type Position, toPosition } from '../position.ts';
import { requireStore } from '../storage/store-description.ts';
import { defaultStorageDirectory, storeDirectory } from '../store/store-directory.ts';
import type { ConsumedSource } from './consumed-source.ts';
import { ConsumerFile } from './consumer-file.ts';

/** Which consumer, of which store. */
export interface ConsumerStatePlace {
  /** The directory that holds the store's folder. @default './data' */
  readonly storageDirectory?: string;
  /** The store's name. @default 'eventstore' */
  readonly store?: string;
  /** The stream that the consumer reads, or `{ streams }`, `{ category }` or `{ query }`. */
  readonly stream: ConsumedSource;
  readonly consumerId: string;
  /** Folder of the consumers' saved states. @default the folder `consumers` of the store */
  readonly consumerDirectory?: string;
  /** The file system to read from. Tests pass a simulated disk. */
  readonly fileSystem?: FileSystem;
}

/** State and position that were saved together. */
export interface ConsumerState<State> {
  /** Position in the store of the last event in the state; 0 when there is none. */
  readonly position: Position;
  readonly state: State;
}

/** Attempts before a record that does not match its checksum is treated as damaged rather than as being written. */
const attempts = 10;

/**
 * Position and state that the consumer saved last; undefined when it never saved. The result belongs to the caller.
 *
 * Throws `STORE_MISSING`, `NOT_A_STORE`, `CONSUMER_STATE` when the file is damaged, `DIVERGED` when it belongs to
 * another store, `STORE_UNAVAILABLE`.
 */
export function readConsumerState<State = unknown>(place: ConsumerStatePlace): ConsumerState<State> | undefined {
  const { storageDirectory = defaultStorageDirectory, store = 'eventstore', fileSystem = nodeFileSystem } = place;
  const directory = storeDirectory(storageDirectory, store);
  const description = requireStore(fileSystem, directory);
  const file = new ConsumerFile({
    fileSystem,
    directory: place.consumerDirectory ?? `${directory}/${fileNames.consumers}`,
    storeId: description.id,
    source: place.stream,
    consumerId: place.consumerId,
  });
  const saved = loadPatiently(file);
  return saved === undefined ? undefined : { position: toPosition(saved.position), state: saved.state as State };
}

/**
 * The consumer writes its two slots alternately. A read that takes longer than two checkpoints can find both of them
 * half written; the next read then finds them whole.
 */
export function loadPatiently(file: ConsumerFile): ReturnType<ConsumerFile['load']> {
  for (let attempt = 1; ; attempt++) {
    try {
      return file.load();
    } catch (error) {
      if (attempt === attempts || !hasErrorCode(error, 'CONSUMER_STATE')) throw error;
    }
  }
}
