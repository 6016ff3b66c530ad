/**
 * The storage by itself, for documents and indexes without streams: the engine of the event store, with the same files, codecs,
 * checks and recovery. Documents are the payloads of one write stream. Guide: docs/storage.md.
 */
import {
  type DocumentIndex,
  type MatchableEvent,
  type Matcher,
  ReadableDocumentStorage,
  ReadOnlyDocumentStorage,
  type ReindexResult,
  type StreamMetadata,
  type UntypedDocument,
  type UntypedEvents,
  VarveError,
} from '@varve/core';
import {
  checkOptions,
  defaultStorageDirectory,
  documentStream,
  type OptionRule,
  optionRules,
  storeDirectory,
} from '@varve/core/internal';
import type { Commit } from './commit.ts';
import { type CommitCallback, listOf, noEvents } from './commit-arguments.ts';
import { LOCK_RECLAIM, type WriteOptions, writeOptionRules } from './options.ts';
import { assertStreamName } from './stream-name.ts';
import { WritableStorage } from './writable-storage.ts';

/** Names the partition of a document; must always give the same name for the same arguments. */
export type DocumentPartitioner<Document> = (document: Document, sequenceNumber: number) => string;

export interface StorageOptions<Document extends object = UntypedDocument> extends Omit<
  WriteOptions,
  'partitioner' | 'streamMetadata'
> {
  /** The directory that holds the storage's folder. @default './data' */
  readonly storageDirectory?: string;
  /** Which partition a document goes to; without it, all go to one log. Must be given again on opening. */
  readonly partitioner?: DocumentPartitioner<Document>;
}

/** What a matcher sees of documents. */
type MatchableDocument<Document> = string extends keyof Document ? MatchableEvent<UntypedEvents> : Document;

/** Numbered documents and indexes over them, open for writing in this process. */
export class Storage<Document extends object = UntypedDocument> extends ReadableDocumentStorage<Document> {
  static readonly ReadOnly = ReadOnlyDocumentStorage;
  static readonly LOCK_RECLAIM: typeof LOCK_RECLAIM = LOCK_RECLAIM;
  protected readonly engine: WritableStorage;

  /**
   * Opens the storage `name` in `storageDirectory`, and creates it if there is none.
   *
   * Throws `STORE_LOCKED`, `NOT_A_STORE`, `NEWER_FORMAT`, `STORE_UNAVAILABLE`, `INVALID_OPTION` or `CORRUPTION`.
   */
  constructor(name = 'storage', options: StorageOptions<Document> = {}) {
    super(name);
    checkOptions(options, storageRules);
    const { storageDirectory = defaultStorageDirectory, partitioner, ...rest } = options;
    const ofDocument =
      partitioner === undefined
        ? {}
        : {
            partitioner: ({ payload }: { readonly payload: unknown }, position: number) =>
              partitioner(payload as Document, position),
          };
    this.engine = new WritableStorage(storeDirectory(storageDirectory, name), { ...rest, ...ofDocument });
    this.attach();
  }

  /**
   * Appends a document, and returns the commit: `position` is the document's number, `flushed` and `durable` tell when it is
   * safe. `callback` is called when it is flushed (with `syncOnFlush`: durable), or with the error that prevented it.
   *
   * Throws, with nothing written, what a `preCommit` hook or the partitioner throws, and `INVALID_EVENT` (a document is an
   * object), `SERIALIZATION`, `EVENT_TOO_LARGE`, `STORE_CLOSED`, `WRITE_FAILED`.
   */
  write(document: Document, callback?: CommitCallback): Commit {
    return this.writeAll([document], callback);
  }

  /** Appends documents, all or none, whatever partitions they go to. Otherwise the same as `write`. */
  writeAll(documents: readonly Document[], callback?: CommitCallback): Commit {
    const { engine } = this;
    engine.assertTakesCommits();
    const list = listOf(documents, documentStream, engine.codec);
    if (list.length === 0) throw noEvents(documentStream);
    if (engine.hasCommitHooks) engine.committer.callHooks(this.requestOf(list));
    const commit = engine.append(this.requestOf(list));
    if (callback !== undefined) engine.acknowledgements.callWhenSafe(commit.lastPosition, callback);
    return commit;
  }

  /**
   * The index of the documents that match; a new one includes the existing documents. If there is one of this name, the matcher
   * is compared with its own; without a matcher the index is only opened.
   *
   * Throws, with nothing changed: `INVALID_MATCHER`, `MATCHER_MISMATCH`, `MATCHER_FAILED`, `INVALID_STREAM_NAME`,
   * `STREAM_EXISTS`, `STORE_CLOSED`, `WRITE_FAILED`.
   */
  ensureIndex(name: string, matcher?: Matcher<MatchableDocument<Document>>): DocumentIndex<Document> {
    if (matcher === undefined) return this.openIndex(name);
    const engine = this.writer();
    assertIndexName(name);
    engine.committer.exclusively(() => engine.derived.create(name, { matcher, metadata: undefined }));
    return this.openIndex(name);
  }

  /** Removes an index; the documents stay where they are. Returns false when there is none of this name. */
  deleteIndex(name: string): boolean {
    return this.writer().derived.delete(name);
  }

  /**
   * Calls `hook` with each document before it is written, and with the metadata of its partition. When the hook throws, the
   * write throws and changes nothing. The same as `on('preCommit', hook)`.
   */
  preCommit(hook: (document: object, metadata: StreamMetadata) => void): this {
    return this.on('preCommit', hook);
  }

  /** Writes the buffered documents now instead of on the next tick. Throws `WRITE_FAILED` when that fails. */
  flush(): void {
    this.writer().flush();
  }

  /**
   * Rebuilds all indexes from the documents after the number `from`, up to which they are known to be good. Throws, with
   * nothing lost: `CORRUPTION`, `MATCHER_MISSING`, `MATCHER_UNTRUSTED`, `MATCHER_FAILED`, `INVALID_CURSOR`.
   */
  reindex(from = 0): ReindexResult {
    return this.engine.reindex(from);
  }

  /**
   * Writes and syncs everything, releases the storage to another writer, and continues to read what that one writes. From the
   * call on, whatever writes is refused with `READ_ONLY`. Rejects with `DISK_FULL`, in which case the storage remains the
   * writer; with `WRITE_FAILED` and `STORE_CLOSED`.
   */
  async makeReadOnly(): Promise<void> {
    await this.engine.makeReadOnly();
  }

  /**
   * Writes and syncs everything, and releases the storage, even when it rejects: with `DISK_FULL` or `WRITE_FAILED`, when
   * writes are lost and nobody was told of the last of them.
   */
  override async close(): Promise<void> {
    await this.engine.closeInOrder();
  }

  /** The engine, as long as this process is the writer. */
  private writer(): WritableStorage {
    this.engine.assertWriter();
    return this.engine;
  }

  private requestOf(documents: readonly object[]): Parameters<WritableStorage['append']>[0] {
    const { engine } = this;
    const entry = engine.catalog.streamNamed(documentStream);
    engine.derived.assertTakesEvents(documentStream, entry);
    const version = engine.currentVersion(entry);
    return { stream: documentStream, events: documents, entry, version, metadata: undefined };
  }
}

const { streamMetadata: _none, ...documentRules } = writeOptionRules;

export const storageRules: Readonly<Record<keyof StorageOptions, OptionRule>> = {
  ...documentRules,
  partitioner: optionRules.callback,
  storageDirectory: optionRules.text,
};

function assertIndexName(name: string): void {
  assertStreamName(name);
  if (name !== documentStream) return;
  throw new VarveError('INVALID_STREAM_NAME', `"${documentStream}" is the name of all documents together.`, {
    stream: name,
    hint: 'Choose another name for the index.',
  });
}
