/** A storage of documents opened for reading, beside a writer in another process: it follows what is written. */
import { ReadOnlyStorage } from '../storage/read-only-storage.ts';
import { checkOptions } from '../option-rules.ts';
import { type ReadOnlyConfig, readOnlyConfigRules } from './read-only-event-store.ts';
import { ReadableDocumentStorage, type UntypedDocument } from './readable-document-storage.ts';
import { defaultStorageDirectory, storeDirectory } from './store-directory.ts';

export class ReadOnlyDocumentStorage<
  Document extends object = UntypedDocument,
> extends ReadableDocumentStorage<Document> {
  protected readonly engine: ReadOnlyStorage;

  /**
   * Opens the storage `name` in `storageDirectory`.
   *
   * Throws `STORE_MISSING`, `NOT_A_STORE`, `NEWER_FORMAT`, `STORE_UNAVAILABLE`, `INVALID_OPTION` or `CORRUPTION`.
   */
  constructor(name = 'storage', options: ReadOnlyConfig = {}) {
    super(name);
    checkOptions(options, readOnlyConfigRules);
    const { storageDirectory = defaultStorageDirectory, ...rest } = options;
    this.engine = new ReadOnlyStorage(storeDirectory(storageDirectory, name), rest);
    this.attach();
  }

  /** Looks for new documents now; otherwise they are noticed by the folder's watch or the timer. */
  poll(): void {
    this.engine.poll();
  }
}
