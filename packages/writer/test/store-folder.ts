/** A folder for the stores of a test, which closes what was opened in it and is removed with the test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReadOnlyEventStore } from '@varve/core';
import { afterEach, beforeEach } from 'vitest';
import { EventStore, type WriteOptions } from '../src/index.ts';

export interface StoreFolder {
  /** The directory that holds the folder of the store `store`. */
  readonly directory: string;
  readonly writer: (storageConfig?: WriteOptions) => Promise<EventStore>;
  /** A reader that looks for new events when the test tells it to. */
  readonly reader: () => Promise<ReadOnlyEventStore>;
}

export function useStoreFolder(): StoreFolder {
  const open: (EventStore | ReadOnlyEventStore)[] = [];
  let directory = '';
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'varve-store-'));
  });
  afterEach(async () => {
    for (const store of open.splice(0)) await store.close();
    rmSync(directory, { recursive: true });
  });
  const keep = <Store extends EventStore | ReadOnlyEventStore>(store: Store): Store => {
    open.push(store);
    return store;
  };
  return {
    get directory() {
      return directory;
    },
    writer: async (storageConfig = {}) =>
      keep(await EventStore.open('store', { storageDirectory: directory, storageConfig })),
    reader: async () =>
      keep(
        await ReadOnlyEventStore.open('store', { storageDirectory: directory, watch: false, pollIntervalMs: 60_000 }),
      ),
  };
}

/** Commits events with numbers from 1, every second one of the type `Even`, to three streams. */
export function commitMany(store: EventStore, count: number): void {
  for (let n = 1; n <= count; n++) store.commit(`s-${n % 3}`, { type: n % 2 === 0 ? 'Even' : 'Odd', n });
}

export function numbers(stream: Iterable<unknown>): number[] {
  return [...stream].map((event) => (event as { n: number }).n);
}
