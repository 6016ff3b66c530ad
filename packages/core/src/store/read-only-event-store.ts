/**
 * A store opened for reading, beside a live writer in another process or on a copy of its files. It follows what is
 * committed, and writes nothing but the states of its own consumers.
 */
import type { WaitOptions } from '../clock/wait-until.ts';
import { checkOptions, optionRules } from '../option-rules.ts';
import { readOptionRules, type ReadOptions } from '../storage/read-options.ts';
import { ReadOnlyStorage } from '../storage/read-only-storage.ts';
import { waitForStore } from '../storage/wait-for-store.ts';
import type { EventMap, UntypedEvents } from './event-types.ts';
import { ReadableEventStore } from './readable-event-store.ts';
import { defaultStorageDirectory, storeDirectory } from './store-directory.ts';

export interface ReadOnlyConfig extends ReadOptions {
  /** The directory that holds the store's folder. @default './data' */
  readonly storageDirectory?: string;
}

/**
 * A store that another process writes, or a copy of one. It reads the files, follows what comes, and changes nothing but the
 * states of its consumers. Open it with `ReadOnlyEventStore.open`, or with `whenAvailable` if it may not be there yet.
 */
export class ReadOnlyEventStore<Events extends EventMap<Events> = UntypedEvents> extends ReadableEventStore<Events> {
  readonly storage: ReadOnlyStorage;

  /**
   * Opens the store `name` in `storageDirectory`.
   *
   * Throws `STORE_MISSING`, `NOT_A_STORE`, `NEWER_FORMAT`, `STORE_UNAVAILABLE`, `INVALID_OPTION` or `CORRUPTION`.
   */
  constructor(name = 'eventstore', config: ReadOnlyConfig = {}) {
    super(name);
    checkOptions(config, readOnlyConfigRules);
    const { storageDirectory = defaultStorageDirectory, ...options } = config;
    this.storage = new ReadOnlyStorage(storeDirectory(storageDirectory, name), options);
    this.attach(this.storage);
  }

  /** Opens the store and resolves when it can be used. */
  static async open<Events extends EventMap<Events> = UntypedEvents>(
    name?: string,
    config?: ReadOnlyConfig,
  ): Promise<ReadOnlyEventStore<Events>> {
    const store = new ReadOnlyEventStore<Events>(name, config);
    await store.whenReady();
    return store;
  }

  /**
   * Waits until there is a store, in a directory that need not exist yet either, and in a copy until its head has arrived,
   * and opens it. Rejects with `TIMED_OUT`, with the reason of `signal`, and with what `open` rejects with.
   */
  static async whenAvailable<Events extends EventMap<Events> = UntypedEvents>(
    name = 'eventstore',
    config: ReadOnlyConfig = {},
    wait: WaitOptions = {},
  ): Promise<ReadOnlyEventStore<Events>> {
    checkOptions(config, readOnlyConfigRules);
    const { storageDirectory = defaultStorageDirectory, ...options } = config;
    await waitForStore(storeDirectory(storageDirectory, name), options, wait);
    return ReadOnlyEventStore.open<Events>(name, config);
  }
}

export const readOnlyConfigRules = { storageDirectory: optionRules.text, ...readOptionRules };
