/**
 * Followers during the loss of events: the writer's machine crashed, and the next writer continued without what was not
 * durable. A model that contains events of the lost history ends its follower, and nothing waits for them.
 */
import { ReadOnlyEventStore } from '@varve/core';
import { SimulatedDisk } from '@varve/core/testing';
import { EventStore } from '@varve/writer';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { value } from '../model/dictionary.ts';
import { prevalence } from '../prevalence.ts';

const sums = prevalence({
  name: 'sums',
  model: { list: value<number[]>([]) },
  commands: { add: (model, n: number) => void model.list.push(n) },
});
const segment = '/data/store/partitions/000001-shared/00000000000000000000.seg';

let disk: SimulatedDisk;
let writing: ReturnType<SimulatedDisk['startProcess']>;
let store: EventStore;
let reader: ReadOnlyEventStore;

function open(): void {
  writing = disk.startProcess();
  store = new EventStore('store', { storageDirectory: '/data', storageConfig: { fileSystem: writing } });
  store.on('error', () => undefined);
}

/** Journals a command per number, and for each undefined commits an event to another stream. */
async function commit(...numbers: readonly (number | undefined)[]): Promise<void> {
  const db = await sums.open(store);
  for (const n of numbers) {
    if (n === undefined) await store.commit('others', { type: 'Other' }).flushed;
    else await db.do.add(n);
  }
  await db.close();
}

const bytes = (): number => disk.startProcess().stat(segment)!.sizeBytes;

/** The writer's machine loses everything after `kept` bytes, and another writer continues. The reader is not informed yet. */
function cutBack(kept: number): void {
  writing.kill();
  const file = disk.startProcess().open(segment, 'write');
  file.truncate(kept);
  file.close();
  open();
}

async function lose(kept: number, ...andThen: readonly (number | undefined)[]): Promise<void> {
  cutBack(kept);
  await commit(...andThen);
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await new Promise((resolve) => setImmediate(resolve));
}

beforeEach(async () => {
  disk = new SimulatedDisk();
  disk.makeDirectory('/data');
  open();
  await commit(1);
  reader = new ReadOnlyEventStore('store', {
    storageDirectory: '/data',
    watch: false,
    fileSystem: disk.startProcess(),
  });
});
afterEach(async () => {
  await reader.close();
  await store.close();
});

// A bug once checked only events that had arrived since: the model kept the lost events, and added those after them.
it.each([
  { how: 'fewer commands', now: [20] },
  { how: 'as many commands', now: [20, 30] },
  { how: 'more commands', now: [20, 30, 40] },
  { how: 'other events', now: [undefined, undefined, undefined] },
])('one that began with events that are lost diverges, when there are $how now', async ({ now }) => {
  const kept = bytes();
  await commit(2, 3);
  reader.storage.poll();
  await using follower = await sums.follow(reader);
  const told = new Promise((resolve) => follower.once('error', resolve));
  expect(follower.model.list).toEqual([1, 2, 3]);
  await lose(kept, ...now);
  reader.storage.poll();
  expect(() => follower.model.list).toThrow(expect.objectContaining({ code: 'DIVERGED', position: 3 }));
  expect(await told).toMatchObject({ code: 'DIVERGED', stream: 'prevalence-sums' });
});

it('one that has nothing of what is lost goes on', async () => {
  const kept = bytes();
  await using follower = await sums.follow(reader);
  await commit(undefined, undefined);
  reader.storage.poll();
  await follower.caughtUp(3);
  await lose(kept, 20);
  reader.storage.poll();
  await follower.caughtUp(2);
  expect(follower.model.list).toEqual([1, 20]);
});

it('nobody is told that one has caught up with a history that is gone', async () => {
  const kept = bytes();
  await using follower = await sums.follow(reader);
  await commit(2, 3);
  reader.storage.poll();
  await follower.caughtUp(3);
  await lose(kept, 20, 30);
  reader.storage.poll();
  await expect(follower.caughtUp(3)).rejects.toMatchObject({ code: 'DIVERGED' });
});

it('whoever waits for commands that are lost before they were done again waits for what takes their places', async () => {
  const kept = bytes();
  await using follower = await sums.follow(reader);
  let isThere = false;
  const waiting = follower.caughtUp(3).then(() => (isThere = true));
  const db = await sums.open(store);
  await Promise.all([db.do.add(2), db.do.add(3)]);
  const before = reader.position;
  reader.storage.poll();
  // In one turn: the follower has not received the events that were there.
  cutBack(kept);
  reader.storage.poll();
  await turns();
  expect([before, isThere]).toEqual([1, false]);
  await commit(undefined, undefined);
  reader.storage.poll();
  await waiting;
  expect(follower.model.list).toEqual([1]);
});
