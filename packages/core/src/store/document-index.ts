/** An index of a storage of documents: those that match its matcher, in the order of writing. */
import type { ReadableStorage } from '../storage/readable-storage.ts';
import type { EventStream } from '../stream/event-stream.ts';
import { openEventStream } from '../stream/open-event-stream.ts';

export class DocumentIndex<Document extends object = object> implements Iterable<Document> {
  readonly name: string;
  private readonly storage: ReadableStorage;

  /** @internal Indexes come from a storage. */
  constructor(storage: ReadableStorage, name: string) {
    this.storage = storage;
    this.name = name;
  }

  /** Number of documents in the index; grows as they are written. */
  get length(): number {
    return this.range().version;
  }

  /** The documents with numbers `from..until` in this index, both included; see `readRange` of the storage. */
  range(from = 1, until = -1): EventStream<Document> {
    return openEventStream<Document>(this.storage, this.name, from, until);
  }

  [Symbol.iterator](): Iterator<Document, undefined> {
    return this.range()[Symbol.iterator]();
  }
}
