/** Followers whose store ends, or is replaced, before they are closed. */
import { ReadOnlyEventStore } from '@varve/core';
import { SimulatedDisk } from '@varve/core/testing';
import { EventStore } from '@varve/writer';
import { expect, it } from 'vitest';
import { value } from '../model/dictionary.ts';
import { Follower } from './follower.ts';
import { checkSystem } from './system-definition.ts';

const system = checkSystem({
  name: 'sums',
  model: { n: value(0) },
  commands: {
    add: (model: { n: number }, n: number) => (model.n += n),
    lose: () => {
      throw new Error('on purpose');
    },
  },
});

function commandNamed(command: string): object {
  return { type: 'Command', command, version: 1, argument: 1, model: 1, time: 1, digest: 0 };
}

function setUp() {
  const disk = new SimulatedDisk();
  disk.makeDirectory('/data');
  const open = (): EventStore =>
    new EventStore('store', { storageDirectory: '/data', storageConfig: { fileSystem: disk.startProcess() } });
  const reader = (): ReadOnlyEventStore =>
    new ReadOnlyEventStore('store', { storageDirectory: '/data', watch: false, fileSystem: disk.startProcess() });
  const remove = (): void => {
    const process = disk.startProcess();
    process.remove('/data/store/head');
    process.remove('/data/store/store.json');
  };
  return { open, reader, remove };
}

// A bug once left the follower's own store open: it continued to poll, and its error ended the process, because no one
// listened to it any more.
it('one that failed has closed the store that it opened', async () => {
  const { open, reader, remove } = setUp();
  const store = open();
  const own = reader();
  const follower = await Follower.start(system, own, true);
  const told = new Promise((resolve) => follower.once('error', resolve));
  await store.commit('prevalence-sums', commandNamed('lose')).flushed;
  own.storage.poll();
  expect(await told).toMatchObject({ code: 'REPLAY_FAILED' });
  await store.close();
  remove();
  own.storage.poll();
  expect(own.storage.isOpen).toBe(false);
  await expect(follower.caughtUp(1)).rejects.toMatchObject({ code: 'REPLAY_FAILED' });
  await follower.close();
});

it('one whose store is removed while it is restored is refused', async () => {
  const { open, reader, remove } = setUp();
  const store = open();
  const own = reader();
  await store.close();
  const starting = Follower.start(system, own, true);
  remove();
  own.storage.poll();
  await expect(starting).rejects.toMatchObject({ code: 'STORE_REPLACED' });
  expect(own.storage.isOpen).toBe(false);
});
