/**
 * A writer that becomes a reader in place: what was committed is safe, the lock is free, nothing is written any more, and
 * existing streams, consumers and followers go on with what a writer in another process commits.
 */
import { rmSync } from 'node:fs';
import { hasErrorCode, type StoredEvent } from '@varve/core';
import { failNth } from '@varve/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventStore, Storage } from '../src/index.ts';
import { Child } from './processes/child.ts';
import { dataDirectory, emptyDisk, storeName } from './simulation/recorded-run.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const holdStore = new URL('./processes/hold-store.ts', import.meta.url);
const name = 'shop';
let storageDirectory: string;
let store: EventStore;

beforeEach(async () => {
  storageDirectory = temporaryDirectory();
  store = await EventStore.open(name, { storageDirectory, storageConfig: { indexTypes: true } });
});

afterEach(async () => {
  await store.close();
  rmSync(storageDirectory, { recursive: true });
});

const readOnly: unknown = expect.objectContaining({ code: 'READ_ONLY', hint: expect.any(String) as string });

/** A writer in another process; each `commit` adds one event to the stream `held`. */
async function startWriter(): Promise<{ commit(): Promise<void>; end(): Promise<void> }> {
  const child = new Child(holdStore, [storageDirectory, name]);
  expect(await child.next()).toBe('open');
  const say = async (message: string, answer: string): Promise<void> => {
    child.send(message);
    expect(await child.next()).toBe(answer);
  };
  return { commit: () => say('commit', 'committed'), end: () => say('close', 'closed') };
}

describe('a store that was made read-only', () => {
  it('has written and synced everything, and told so', async () => {
    const commit = store.commit('orders', [{ type: 'placed' }, { type: 'paid' }]);
    let called = 0;
    store.commit('orders', { type: 'shipped' }, () => called++);
    const { flushed, durable } = commit;
    const done = store.makeReadOnly();
    // Requested when the last sync may have begun.
    const late = Promise.resolve().then(() => commit.durable);
    await done;
    expect(await Promise.all([flushed, durable, late, commit.flushed, commit.durable])).toEqual(
      Array.from({ length: 5 }, () => commit),
    );
    expect(called).toBe(1);
    expect(store.position).toBe(3);
    expect(store.getEventStream('orders').events).toHaveLength(3);
  });

  it('refuses everything that writes, from the call on, and goes on reading', async () => {
    store.commit('orders', { type: 'placed' });
    const stream = store.createEventStream('paid', { type: 'paid' });
    const done = store.makeReadOnly();
    expect(() => store.commit('orders', { type: 'late' })).toThrow(readOnly);
    await done;
    const writes: readonly (() => unknown)[] = [
      () => store.commit('orders', { type: 'late' }),
      () => store.commitAll([{ stream: 'orders', events: { type: 'late' } }]),
      () => store.createEventStream('all-paid', { type: 'paid' }),
      () => store.createStream('paid', { type: 'paid' }),
      () => store.deleteEventStream('paid'),
      () => store.closeEventStream('orders'),
      () => store.storage.reindex(0),
      () => store.flush(),
    ];
    for (const write of writes) expect(write).toThrow(readOnly);
    await expect(store.archive({ before: 1, to: storageDirectory })).rejects.toThrow(readOnly);
    await expect(store.drop({ before: 1 })).rejects.toThrow(readOnly);
    expect(stream.events).toEqual([]);
    expect(store.hasStream('paid')).toBe(true);
    expect(store.query({ items: [{ types: ['placed'] }] }).events).toEqual([{ type: 'placed' }]);
    expect(store.position).toBe(1);
  });

  it('sees what a writer in another process commits: in streams, consumers, followers and listeners', async () => {
    for (let n = 0; n < 5; n++) store.commit('held', { type: 'own', n });
    const before = store.getEventStream('held');
    const lookedUp = store.getEventStream('held');
    expect(lookedUp.positionAt(0)).toBe(1);
    const follower = store.follow<{ n?: number; by?: string }>('held');
    const followed: StoredEvent<{ n?: number; by?: string }>[] = [];
    followed.push((await follower.next()).value!);
    const handled: unknown[] = [];
    const consumer = store.getConsumer('held', 'counter', { count: 0 });
    const run = consumer.run((event, { position }) => {
      handled.push(position);
      consumer.setState(({ count }) => ({ count: count + 1 }));
    });
    const commits: unknown[] = [];
    store.on('commit', (commit) => commits.push(commit));
    await store.makeReadOnly();

    const writer = await startWriter();
    await writer.commit();
    await store.waitFor(6);
    await writer.commit();
    await writer.end();
    await store.waitFor(7);
    await consumer.waitFor(7);
    expect(store.getEventStream('held').events.slice(4)).toEqual([
      { type: 'own', n: 4 },
      { by: 'the holder' },
      { by: 'the holder' },
    ]);
    expect([before.events.length, lookedUp.events.length, store.getStreamVersion('held')]).toEqual([5, 5, 7]);
    while (followed.length < 7) followed.push((await follower.next()).value!);
    expect(followed.map(({ payload }) => payload.by ?? payload.n)).toEqual([0, 1, 2, 3, 4, 'the holder', 'the holder']);
    expect(handled).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(commits).toEqual([]);
    await consumer.stop();
    await run;
    await follower.return(undefined);
  });

  it('finds streams, structures and types that the other writer adds', async () => {
    store.commit('orders', { type: 'placed' });
    await store.makeReadOnly();
    const next = await EventStore.open(name, { storageDirectory });
    next.commit('customers-1', { type: 'registered', address: { street: 'Mill Lane' } });
    next.createEventStream('placed', { type: 'placed' });
    next.flush();
    await store.waitFor(2);
    expect(store.getEventStream('customers-1').events).toEqual([
      { type: 'registered', address: { street: 'Mill Lane' } },
    ]);
    expect(store.query({ items: [{ types: ['registered'] }] }).length).toBe(1);
    expect(store.getEventStream('placed').events).toEqual([{ type: 'placed' }]);
    expect(store.getEventStreamForCategory('customers').length).toBe(1);
    await next.close();
  });

  it('notices what the other writer drops', async () => {
    const storageConfig = { segmentBytes: 300 };
    await store.close();
    store = await EventStore.open(name, { storageDirectory, storageConfig });
    for (let n = 0; n < 30; n++) store.commit('orders', { type: 'placed', n });
    await store.makeReadOnly();
    const next = await EventStore.open(name, { storageDirectory, storageConfig });
    const { firstPosition } = await next.drop({ before: 20 });
    await next.close();
    expect(firstPosition).toBeGreaterThan(1);
    expect(store.firstPosition).toBe(firstPosition);
    expect(() => store.readEvent(1)).toThrow(expect.objectContaining({ code: 'EVENTS_DROPPED' }));
    expect(store.readEvent(firstPosition).payload).toMatchObject({ n: firstPosition - 1 });
  });

  it('is no different when it is asked twice, when it only read before, and when it is closed', async () => {
    await Promise.all([store.makeReadOnly(), store.makeReadOnly()]);
    await store.makeReadOnly();
    const reader = await EventStore.open(name, { storageDirectory, readOnly: true });
    await reader.makeReadOnly();
    await reader.close();
    await expect(reader.makeReadOnly()).rejects.toMatchObject({ code: 'STORE_CLOSED' });
    await store.close();
    await expect(store.makeReadOnly()).rejects.toMatchObject({ code: 'STORE_CLOSED' });
    const writer = await startWriter();
    await writer.end();
  });

  it('is closed in order when that is asked while it becomes one', async () => {
    store.commit('orders', { type: 'placed' });
    const done = store.makeReadOnly();
    await Promise.all([done, store.close()]);
    expect(() => store.getEventStream('orders')).toThrow(expect.objectContaining({ code: 'STORE_CLOSED' }));
    store = await EventStore.open(name, { storageDirectory });
    expect(store.commit('orders', { type: 'paid' }).position).toBe(2);
  });

  it('refuses what a listener of its last commits writes', async () => {
    const codes: unknown[] = [];
    store.on('commit', () => {
      try {
        store.commit('answers', { type: 'answered' });
      } catch (error) {
        codes.push(hasErrorCode(error, 'READ_ONLY'));
      }
    });
    store.commit('orders', { type: 'placed' });
    await store.makeReadOnly();
    expect(codes).toEqual([true]);
    expect(store.position).toBe(1);
  });
});

describe('a storage of documents', () => {
  it('becomes a reader as a store does', async () => {
    const storage = new Storage('documents', { storageDirectory });
    storage.write({ kind: 'note', n: 1 });
    const notes = storage.ensureIndex('notes', { kind: 'note' });
    await storage.makeReadOnly();
    const writes: readonly (() => unknown)[] = [
      () => storage.write({ kind: 'note' }),
      () => storage.ensureIndex('notes', { kind: 'note' }),
      () => storage.deleteIndex('notes'),
      () => storage.flush(),
      () => storage.reindex(),
    ];
    for (const write of writes) expect(write).toThrow(readOnly);
    const next = new Storage('documents', { storageDirectory });
    next.write({ kind: 'note', n: 2 });
    next.flush();
    await expect.poll(() => storage.length).toBe(2);
    expect([...notes, storage.read(2)]).toHaveLength(3);
    await next.close();
    await storage.close();
  });
});

function openOn(process: ReturnType<ReturnType<typeof emptyDisk>['startProcess']>): EventStore {
  return new EventStore(storeName, { storageDirectory: dataDirectory, storageConfig: { fileSystem: process } });
}

it('tells everyone who asks for durable events while it is sealed, whenever they ask', async () => {
  for (let turns = 0; turns < 60; turns++) {
    const writer = openOn(emptyDisk().startProcess());
    const commit = writer.commit('orders', { type: 'placed' });
    const done = writer.makeReadOnly();
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    const { durable } = commit;
    await done;
    await expect(durable).resolves.toBe(commit);
    await writer.close();
  }
});

describe('when the last flush fails', () => {
  it('stays the writer for want of room, and can try again', async () => {
    const disk = emptyDisk();
    const process = disk.startProcess();
    const writer = openOn(process);
    const { flushed } = writer.commit('orders', { type: 'placed' });
    disk.faults = failNth({ kinds: ['write'], nth: 0, isLasting: true, fault: { code: 'ENOSPC' } });
    await expect(writer.makeReadOnly()).rejects.toMatchObject({ code: 'DISK_FULL' });
    disk.faults = undefined;
    const commit = writer.commit('orders', { type: 'paid' });
    await writer.makeReadOnly();
    await Promise.all([flushed, commit.durable]);
    expect(() => writer.commit('orders', { type: 'late' })).toThrow(readOnly);
    expect(openOn(disk.startProcess()).getStreamVersion('orders')).toBe(2);
  });

  it('has failed as any writer does, and keeps the lock until it is closed', async () => {
    const disk = emptyDisk();
    const process = disk.startProcess();
    const writer = openOn(process);
    const { flushed } = writer.commit('orders', { type: 'placed' });
    disk.faults = failNth({ kinds: ['write'], nth: 0, isLasting: true, fault: { code: 'EIO' } });
    await expect(writer.makeReadOnly()).rejects.toMatchObject({ code: 'WRITE_FAILED' });
    await expect(flushed).rejects.toMatchObject({ code: 'WRITE_FAILED' });
    expect(() => writer.commit('orders', { type: 'paid' })).toThrow(expect.objectContaining({ code: 'WRITE_FAILED' }));
    expect(() => openOn(disk.startProcess())).toThrow(expect.objectContaining({ code: 'STORE_LOCKED' }));
    await writer.close();
    disk.faults = undefined;
    expect(openOn(disk.startProcess()).position).toBe(0);
  });
});
