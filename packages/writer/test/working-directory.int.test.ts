/**
 * A process that changes its directory (`process.chdir`, as daemons and test runners do) after it has opened a store by a
 * relative path. Each new file was looked for in the directory in which the process was by then: the writer ended, with what it
 * had accepted, and readers and consumers said that the store had been removed.
 */
import { mkdirSync, readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { ReadOnlyEventStore } from '@varve/core';
import { expect, it, onTestFinished } from 'vitest';
import { EventStore } from '../src/index.ts';
import { temporaryDirectory } from './temporary-directory.ts';

it('leaves the store where it was, with all directories that it was given', async () => {
  const before = process.cwd();
  onTestFinished(() => process.chdir(before));
  const home = realpathSync(temporaryDirectory());
  const elsewhere = join(home, 'elsewhere');
  mkdirSync(elsewhere);
  process.chdir(home);
  const own = { dataDirectory: 'log', indexDirectory: './index', consumerDirectory: 'states' };
  const config = { storageDirectory: './data', storageConfig: { ...own, segmentBytes: 4096, maxOpenFiles: 4 } };
  const store = await EventStore.open('shop', config);
  expect(store.directory).toBe(join(home, 'data', 'shop'));
  store.commit('s', { n: 0 });
  store.flush();
  const reader = new ReadOnlyEventStore('shop', { storageDirectory: 'data', ...own, maxOpenFiles: 4 });

  process.chdir(elsewhere);
  const consumer = reader.getConsumer<number>('s', 'counter', 0);
  const run = consumer.run(() => consumer.setState((count) => count + 1));
  for (let n = 1; n <= 300; n++) {
    store.commit(n % 2 === 0 ? 's' : 't', { n, text: 'x'.repeat(100) }, { commitId: `id-${n}` });
    store.flush();
  }
  await store.archive({ before: 100, to: join(home, 'archive') });
  reader.storage.poll();
  await consumer.waitFor(301);
  await consumer.stop();
  await run;
  expect([consumer.state, reader.getEventStream('_all').events.length]).toEqual([151, 301]);
  await reader.close();
  await store.close();
  expect(readdirSync(elsewhere)).toEqual([]);

  process.chdir(home);
  const again = await EventStore.open('shop', config);
  expect([again.position, again.getConsumer<number>('s', 'counter').state]).toEqual([301, 151]);
  expect(again.getEventStream('s').events.length).toBe(151);
  await again.close();
});
