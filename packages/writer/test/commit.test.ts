import { describe, expect, test } from 'vitest';
import { type CommitInfo, OptimisticConcurrencyError } from '@varve/core';
import { type Medium, SimulatedDisk } from '@varve/core/testing';
import { EventStore, type PartitionerOption } from '@varve/writer';
import { StoresOnDisk } from './stores-on-disk.ts';

/** Waits for flushes of the next tick, and for what they cause. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
};

describe('commit', () => {
  test('merges metadata into each event; the names of the store win', async () => {
    const store = new StoresOnDisk().open();
    const commit = store.commit('a', [{ n: 1 }, { n: 2 }], { user: 'anna', stream: 'forged', position: 77 });
    const stored = [...store.getEventStream('a').stored()].map(({ metadata }) => metadata);
    expect(stored).toMatchObject([
      { user: 'anna', stream: 'a', position: 1, commitId: commit.id, commitVersion: 0, commitSize: 2 },
      { user: 'anna', stream: 'a', position: 2, commitId: commit.id, commitVersion: 1, commitSize: 2 },
    ]);
    await store.close();
  });

  test('tells listeners of `commit` when the events are flushed, and not before', async () => {
    const stores = new StoresOnDisk();
    const store = stores.open();
    const heard: CommitInfo[] = [];
    store.commit('a', { n: 0 });
    store.on('commit', (commit) => heard.push(commit));
    const first = store.commit('a', { n: 1 });
    const second = store.commitAll([
      { stream: 'a', events: { n: 2 } },
      { stream: 'b', events: { n: 1 } },
    ]);
    await Promise.resolve();
    expect(heard).toEqual([]);
    await settle();
    expect(heard).toEqual([first, second]);
    const reader = stores.openReader();
    expect(reader.position).toBe(4);
    await reader.close();
    store.removeAllListeners('commit');
    store.commit('a', { n: 3 });
    await settle();
    expect(heard).toHaveLength(2);
    await store.close();
  });
});

describe('commitAll', () => {
  test('commits to several streams at once, with one id', async () => {
    const stores = new StoresOnDisk();
    const store = stores.open();
    store.commit('b', { n: 0 });
    const commit = store.commitAll([
      { stream: 'a', events: [{ n: 1 }, { n: 2 }], expectedVersion: 0, metadata: { why: 'first' } },
      { stream: 'b', events: { n: 1 }, expectedVersion: 1 },
      { stream: 'c', expectedVersion: 0 },
    ]);
    expect(commit).toMatchObject({ position: 2, size: 3, lastPosition: 4, isDuplicate: false });
    expect(commit.parts).toEqual([
      { stream: 'a', position: 2, version: 2, size: 2 },
      { stream: 'b', position: 4, version: 2, size: 1 },
    ]);
    await commit.durable;
    await store.close();
    const reader = stores.openReader();
    const metadata = [...reader.getAllEvents(2).stored()].map((event) => event.metadata);
    expect(metadata).toMatchObject([
      { commitId: commit.id, commitVersion: 0, commitSize: 3, stream: 'a', streamVersion: 1, why: 'first' },
      { commitId: commit.id, commitVersion: 1, commitSize: 3, stream: 'a', streamVersion: 2, why: 'first' },
      { commitId: commit.id, commitVersion: 2, commitSize: 3, stream: 'b', streamVersion: 2 },
    ]);
    expect(metadata[2]).not.toHaveProperty('why');
    expect(reader.hasStream('c')).toBe(false);
    await reader.close();
  });

  test('refuses all of it when one stream is not at its version, and names that stream', async () => {
    const store = new StoresOnDisk().open();
    store.commit('checked', { n: 1 });
    const attempt = (): unknown =>
      store.commitAll([
        { stream: 'new', events: { n: 1 } },
        { stream: 'checked', expectedVersion: 0 },
      ]);
    expect(attempt).toThrow(OptimisticConcurrencyError);
    expect(attempt).toThrow(expect.objectContaining({ stream: 'checked', expected: 0, found: 1 }));
    const unserializable = (): unknown =>
      store.commitAll([
        { stream: 'new', events: { n: 1 } },
        { stream: 'other', events: { n: Symbol('n') } },
      ]);
    expect(unserializable).toThrow(expect.objectContaining({ code: 'SERIALIZATION', stream: 'other' }));
    expect([store.position, store.hasStream('new'), store.hasStream('other')]).toEqual([1, false, false]);
    await store.close();
  });

  test('checks its arguments', async () => {
    const store = new StoresOnDisk().open();
    const a = { stream: 'a', events: { n: 1 } };
    expect(() => store.commitAll([])).toThrow('without any event');
    expect(() => store.commit('a', [])).toThrow('has no events');
    expect(() => store.commitAll([a, a])).toThrow('the same stream twice');
    expect(() => store.commitAll([a, { stream: 'b' }])).toThrow('neither events nor an expected version');
    expect(() => store.commitAll([a, { stream: 'b', expectedVersion: 0.5 }])).toThrow('0.5');
    expect(() => store.commitAll([a, { stream: '', expectedVersion: 0 }])).toThrow('name of a stream');
    expect(store.position).toBe(0);
    await store.close();
  });

  for (const partitioner of [
    'shared',
    'perStream',
    (_document: unknown, position: number) => `p${position % 3}`,
  ] as const) {
    const name = typeof partitioner === 'string' ? partitioner : 'a function';
    test(`is whole or absent after a crash at any moment, partitioned by ${name}`, async () => {
      // Crashes were early and late enough to find none, some and all of the commits.
      expect(await crashEverywhere(partitioner)).toEqual([0, 2, 4, 6]);
    });
  }
});

/** Commits to three streams at a time, kills the process before every write, and returns the versions that were left. */
async function crashEverywhere(partitioner: PartitionerOption): Promise<number[]> {
  const stores = new StoresOnDisk();
  await stores.open({ partitioner }).close();
  const media: Medium[] = [];
  stores.disk.faults = ({ kind }) => {
    if (kind === 'write' || kind === 'create') media.push(stores.disk.medium.copy());
    return undefined;
  };
  const store = stores.open({ partitioner });
  for (let round = 0; round < 3; round++) {
    store.commitAll(['a', 'b', 'c'].map((stream) => ({ stream, events: [{ round }, { round }] })));
    store.flush();
  }
  await store.close();
  const found = new Set<number>();
  for (const medium of media) {
    const fileSystem = new SimulatedDisk(medium).startProcess();
    const storageConfig = { partitioner, fileSystem };
    const recovered = new EventStore('store', { storageDirectory: '/data', storageConfig });
    const versions = ['a', 'b', 'c'].map((stream) => recovered.getStreamVersion(stream));
    expect(new Set(versions).size).toBe(1);
    expect(recovered.getAllEvents().events).toHaveLength(versions[0]! * 3);
    found.add(versions[0]!);
    await recovered.close();
  }
  return [...found].toSorted((left, right) => left - right);
}
