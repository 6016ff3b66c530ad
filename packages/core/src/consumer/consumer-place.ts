/** Where a consumer of a store has its file, what it reads, and what it is called in messages. */
import type { ReadableStorage } from '../storage/readable-storage.ts';
import { type ConsumedSource, identifySource, sourceOf } from './consumed-source.ts';
import type { ConsumerFilePlace } from './consumer-file.ts';
import type { ConsumerSourceOptions } from './consumer-source.ts';

export interface ConsumerPlace {
  readonly name: string;
  readonly file: ConsumerFilePlace;
  readonly source: Omit<ConsumerSourceOptions, 'readUndurable'>;
}

/** Throws `INVALID_STREAM_NAME` or `INVALID_QUERY` for what no consumer can read. */
export function consumerPlace(storage: ReadableStorage, consumed: ConsumedSource, consumerId: string): ConsumerPlace {
  const { fileSystem, clock } = storage.options;
  const identity = identifySource(consumed);
  const name = `${JSON.stringify(consumerId)} of ${identity.name}`;
  const { consumerDirectory: directory } = storage;
  const file = { fileSystem, clock, directory, storeId: storage.description.id, source: consumed, consumerId };
  return { name, file, source: { identity, name, source: sourceOf(storage, consumed) } };
}
