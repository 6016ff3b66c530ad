/**
 * A storage used by itself: documents in the order of writing, numbered from 1, and indexes over them. The user sees no
 * streams, versions or commits: the documents are the payloads of one write stream, in the same files and through the same
 * code as everything else. This is what writers (`Storage`) and readers share. Guide: docs/storage.md.
 */
import { EventEmitter } from 'node:events';
import { inspect } from 'node:util';
import { VarveError } from '../errors.ts';
import type { Position } from '../position.ts';
import { shown } from '../shown.ts';
import type { ReadableStorage } from '../storage/readable-storage.ts';
import type { StreamMetadata } from '../storage/readable-catalog.ts';
import type { EventStream } from '../stream/event-stream.ts';
import { openEventStream } from '../stream/open-event-stream.ts';
import { allStream } from '../stream/stream-source.ts';
import { DocumentIndex } from './document-index.ts';
import { passEvents } from './pass-events.ts';
import type { ReadEvents } from './read-events.ts';

/** The write stream that holds all documents, for those who open the storage as an event store. */
export const documentStream = 'documents';

/** Documents without a declared type. */
export type UntypedDocument = Readonly<Record<string, unknown>>;

export abstract class ReadableDocumentStorage<Document extends object = UntypedDocument>
  extends EventEmitter<ReadEvents>
  implements Iterable<Document>, AsyncDisposable
{
  readonly name: string;
  protected abstract readonly engine: ReadableStorage;

  constructor(name: string) {
    super();
    this.setMaxListeners(0);
    this.name = name;
  }

  /** Number of documents that can be read, which is the number of the last one. */
  get length(): number {
    return this.engine.visiblePosition;
  }

  /** The folder of the storage's files. */
  get directory(): string {
    return this.engine.directory;
  }

  /**
   * The document with this number, in the storage or in an index; -1 is the last one. Throws `INVALID_CURSOR` when there
   * is none, and what a `preRead` hook throws.
   */
  read(number: number, index?: string | DocumentIndex<Document>): Document {
    if (index !== undefined) {
      const position = this.readRange(number, number, index).positionAt(0);
      if (position === undefined) throw noDocument(nameOf(index), number);
      return this.engine.readEvent(position).payload as Document;
    }
    return this.engine.readEvent(number < 0 ? this.length + 1 + number : number).payload as Document;
  }

  /**
   * The documents with numbers `from..until`, both included, of the storage or of an index: in reverse when `from` is the
   * larger one; -1 is the last, -2 the one before. Fixed at this moment, and read as they are iterated: with `for`,
   * `for await`, as a Node `Readable`, or followed live (`follow`).
   */
  readRange(from = 1, until = -1, index?: string | DocumentIndex<Document>): EventStream<Document> {
    if (index === undefined) return openEventStream<Document>(this.engine, allStream, from, until);
    return this.openIndex(nameOf(index)).range(from, until);
  }

  /** The index of this name. Throws `INVALID_STREAM_NAME` when there is none. */
  openIndex(name: string): DocumentIndex<Document> {
    if (!this.hasIndex(name)) throw noIndex(name);
    return new DocumentIndex<Document>(this.engine, name);
  }

  hasIndex(name: string): boolean {
    this.engine.assertOpen();
    return this.engine.streamNamed(name) !== undefined;
  }

  /** Names of the indexes, in the order of their creation. */
  indexNames(): string[] {
    this.engine.assertOpen();
    this.engine.catalog.refresh();
    return [...this.engine.catalog.derived.streams()].map((index) => index.name);
  }

  /** Names of the partitions, in the order of their creation. */
  partitionNames(): string[] {
    this.engine.assertOpen();
    this.engine.catalog.refresh();
    return [...this.engine.catalog.partitions()].map((partition) => partition.name);
  }

  /**
   * What `metadata` returned when the partition was created; undefined when it returned nothing, or there is no such
   * partition.
   */
  getPartitionMetadata(name: string): StreamMetadata | undefined {
    return this.engine.partitionNamed(name)?.metadata;
  }

  /**
   * Calls `hook` before each document that is read, with its number and the metadata of its partition. When the hook
   * throws, the read throws. The same as `on('preRead', hook)`.
   */
  preRead(hook: (number: Position, metadata: StreamMetadata) => void): this {
    return this.on('preRead', hook);
  }

  /** The few facts that JSON and `console.log` show. */
  toJSON(): object {
    const { directory, visiblePosition: length, isOpen } = this.engine;
    return { name: this.name, directory, length, isOpen };
  }

  [inspect.custom](): string {
    return shown(this);
  }

  [Symbol.iterator](): Iterator<Document, undefined> {
    return this.readRange()[Symbol.iterator]();
  }

  /** Closes the files. */
  async close(): Promise<void> {
    this.engine.close();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Passes on the engine's events, and announces `ready` when the constructors are done. */
  protected attach(): void {
    passEvents(this.engine, this);
    setImmediate(() => this.emit('ready'));
  }
}

function nameOf(index: string | Pick<DocumentIndex, 'name'>): string {
  return typeof index === 'string' ? index : index.name;
}

function noIndex(name: string): VarveError {
  return new VarveError('INVALID_STREAM_NAME', `There is no index ${JSON.stringify(name)}.`, {
    stream: name,
    hint: 'The process that writes makes one with ensureIndex(name, matcher).',
  });
}

function noDocument(name: string, number: number): VarveError {
  return new VarveError('INVALID_CURSOR', `The index ${JSON.stringify(name)} has no document ${number}.`, {
    stream: name,
    found: number,
    hint: 'Documents of an index have the numbers 1 to its length; -1 is the last one.',
  });
}
