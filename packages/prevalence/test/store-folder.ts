/** A folder for the stores of a test, which closes the stores opened in it and is removed after the test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStore, type WriteOptions } from '@varve/writer';
import { afterEach, beforeEach } from 'vitest';

export interface StoreFolder {
  /** The directory that holds the folder of the store `store`. */
  readonly directory: string;
  readonly open: (storageConfig?: WriteOptions) => Promise<EventStore>;
}

export function useStoreFolder(): StoreFolder {
  const open: EventStore[] = [];
  let directory = '';
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'varve-prevalence-'));
  });
  afterEach(async () => {
    for (const store of open.splice(0)) await store.close();
    rmSync(directory, { recursive: true });
  });
  return {
    get directory() {
      return directory;
    },
    open: async (storageConfig = {}) => {
      const store = await EventStore.open('store', { storageDirectory: directory, storageConfig });
      open.push(store);
      return store;
    },
  };
}
