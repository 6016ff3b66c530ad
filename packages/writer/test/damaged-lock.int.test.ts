/**
 * Something wrote into `writer.lock`, or into the lock of a consumer, which are empty. Opening the store for writing, or
 * running the consumer, failed with "file is not a database" from SQLite: without a code of Varve, a path, or a word of what to
 * do.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { VarveError } from '@varve/core';
import { expect, it } from 'vitest';
import { EventStore } from '../src/index.ts';
import { temporaryDirectory } from './temporary-directory.ts';

function filledStore(storageDirectory: string): EventStore {
  const store = new EventStore('store', { storageDirectory });
  store.commit('s', { n: store.position + 1 });
  store.flush();
  return store;
}

it('names a lock of the writer that holds something, and opens the store once it is gone', async () => {
  const directory = temporaryDirectory();
  await filledStore(directory).close();
  const path = join(directory, 'store/writer.lock');
  writeFileSync(path, 'noise '.repeat(100));
  expect(() => filledStore(directory)).toThrow(
    expect.objectContaining({ constructor: VarveError, code: 'STORE_UNAVAILABLE', path }),
  );
  rmSync(path);
  const store = filledStore(directory);
  expect(store.position).toBe(2);
  await store.close();
});

it('names the lock of a consumer that holds something', async () => {
  const directory = temporaryDirectory();
  const store = filledStore(directory);
  const path = join(directory, 'store/consumers/s.c.state.lock');
  const run = async (): Promise<void> => {
    const consumer = store.getConsumer('s', 'c');
    const stop = new AbortController();
    consumer.on('caught-up', () => stop.abort());
    await consumer.run(() => undefined, { signal: stop.signal });
  };
  await run();
  writeFileSync(path, 'noise '.repeat(100));
  await expect(run()).rejects.toThrow(expect.objectContaining({ code: 'STORE_UNAVAILABLE', path }));
  rmSync(path);
  await run();
  await store.close();
});
