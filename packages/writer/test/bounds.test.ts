/** Rule 14: every buffer, queue and cache has a bound, whatever a store holds and whatever fails. */
import { ReadOnlyEventStore } from '@varve/core';
import { failNth, ManualClock } from '@varve/core/testing';
import { describe, expect, it } from 'vitest';
import { EventStore, type WriteOptions } from '../src/index.ts';
import { dataDirectory, emptyDisk, storeName } from './simulation/recorded-run.ts';

function opened(options: WriteOptions = {}, disk = emptyDisk()) {
  const process = disk.startProcess();
  const storageConfig = { ...options, fileSystem: process };
  return { disk, process, store: new EventStore(storeName, { storageDirectory: dataDirectory, storageConfig }) };
}

describe('open files', () => {
  // Each partition kept its last segment open for writing: a store with a partition per stream failed with EMFILE, at half the
  // number of streams that the limit of the operating system would have allowed.
  it('are no more than `maxOpenFiles` and a few, with any number of partitions', async () => {
    const { disk, process, store } = opened({ partitioner: 'perStream', maxOpenFiles: 20 });
    for (let round = 0; round < 3; round++) {
      for (let n = 0; n < 150; n++) store.commit(`stream ${n}`, { n, round });
      await store.commit('last', { round }).durable;
    }
    for (let n = 0; n < 150; n++) expect(store.getEventStream(`stream ${n}`).length).toBe(3);
    expect(process.mostOpenFiles).toBeLessThanOrEqual(20 + 10);
    await store.close();
    const reading = disk.startProcess();
    const config = { storageDirectory: dataDirectory, fileSystem: reading, maxOpenFiles: 20, clock: new ManualClock() };
    const reader = new ReadOnlyEventStore(storeName, config);
    for (let n = 0; n < 150; n++) expect(reader.getEventStream(`stream ${n}`).events).toHaveLength(3);
    expect(reading.mostOpenFiles).toBeLessThanOrEqual(20 + 10);
    await reader.close();
    expect([process.openFiles, reading.openFiles]).toEqual([[], []]);
  });

  // A reader that waits for a store tries to open it again and again: with one descriptor left open each time, the process ran
  // out of them. Found by the crash states in which the head has its size and no bytes.
  it.each(['open', 'read', 'stat', 'list'] as const)('are none after a reader could not be opened: %s', (kind) => {
    const { disk, store } = opened({ segmentBytes: 300, eventsPerIndexRun: 2 });
    for (let n = 0; n < 9; n++) store.commit('stream', { n, note: 'x'.repeat(50) });
    store.flush();
    let failures = 0;
    for (let nth = 0, isDone = false; !isDone; nth++) {
      const reading = disk.startProcess();
      disk.faults = failNth({ kinds: [kind], nth, fault: { code: 'EIO' } });
      const config = { storageDirectory: dataDirectory, fileSystem: reading, clock: new ManualClock() };
      try {
        new ReadOnlyEventStore(storeName, config).storage.close();
        isDone = true;
      } catch {
        failures++;
      }
      disk.faults = undefined;
      expect([nth, reading.openFiles]).toEqual([nth, []]);
    }
    expect(failures).toBeGreaterThan(0);
    store.storage.close();
  });
});

describe('merges of index runs', () => {
  // A failed merge was tried again at once, forever: the process did nothing else any more.
  it('are not tried again and again when they fail', async () => {
    const { disk, store } = opened({ eventsPerIndexRun: 2 });
    const errors: unknown[] = [];
    store.on('error', (error) => errors.push(error));
    for (let n = 0; n < 15; n++) {
      store.commit('s', { n });
      store.flush();
    }
    disk.faults = (call) =>
      /0{12}-0{10}16\.run\.tmp$/.test(call.path) && call.kind === 'truncate' ? { code: 'EIO' } : undefined;
    const calls = disk.calls.length;
    await store.commit('s', [{ n: 15 }]).durable;
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(disk.calls.length - calls).toBeLessThan(200);
    expect(errors.length).toBeGreaterThan(0);
    disk.faults = undefined;
    await store.close();
    const again = opened({}, disk).store;
    expect(again.getEventStream('s').length).toBe(16);
  });
});

describe('what waits to be written', () => {
  it('is never more than the write buffer and one commit', () => {
    const { disk, store } = opened({ writeBufferSize: 4000 });
    let written = 0;
    let accepted = 0;
    for (let n = 0; n < 200; n++) {
      store.commit('s', { n, text: 'x'.repeat(500) });
      accepted += 500;
      written = disk.medium.files().find(([path]) => path.endsWith('.seg'))?.[1].sizeBytes ?? 0;
      expect(accepted - written).toBeLessThan(4000 + 1000);
    }
  });

  it('is refused when it is more than a commit may take, with nothing written', () => {
    const { store } = opened({ maxCommitBytes: 1000 });
    store.commit('s', { n: 1 });
    expect(() => store.commit('t', { text: 'x'.repeat(1000) })).toThrow(
      expect.objectContaining({
        code: 'EVENT_TOO_LARGE',
        stream: 't',
        expected: 1000,
        hint: expect.any(String) as string,
      }),
    );
    expect([store.hasStream('t'), store.position]).toEqual([false, 1]);
    store.commit('t', { n: 2 });
    expect(store.getAllEvents().events).toEqual([{ n: 1 }, { n: 2 }]);
  });
});

describe('a full disk', () => {
  it('leaves nothing of what waited when the store was closed, and lets the next writer go on', async () => {
    const { disk, store } = opened();
    store.on('error', () => undefined);
    await store.commit('s', { n: 1 }).durable;
    disk.capacityBytes = disk.medium.files().reduce((sum, [, file]) => sum + file.sizeBytes, 0) + 100;
    const full = store.commit('s', { n: 2, text: 'x'.repeat(5000) });
    const outcome = full.flushed.catch((error: unknown) => error);
    await expect(store.close()).rejects.toMatchObject({ code: 'DISK_FULL' });
    expect(await outcome).toMatchObject({ code: 'DISK_FULL', cause: { code: 'ENOSPC' } });
    disk.capacityBytes = Infinity;
    const again = opened({}, disk).store;
    expect(again.getEventStream('s').events).toEqual([{ n: 1 }]);
    await again.commit('s', { n: 3 }, 1).durable;
  });

  it('says so when a store cannot even be made', () => {
    const disk = emptyDisk();
    disk.faults = failNth({ kinds: ['write'], nth: 0, isLasting: true, fault: { code: 'ENOSPC' } });
    expect(() => opened({}, disk)).toThrow(
      expect.objectContaining({ code: 'STORE_UNAVAILABLE', hint: expect.stringContaining('room') as string }),
    );
    disk.faults = undefined;
    expect(opened({}, disk).store.position).toBe(0);
  });
});
