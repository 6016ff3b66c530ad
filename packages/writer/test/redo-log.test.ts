/**
 * The redo log of a writer: when there is one, that durable commits wait for it alone, and what happens when it fails. What
 * recovery makes of it: `redo-log-recovery.test.ts`; power cuts at every moment: `crash-states-of-redo-log.test.ts`.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type FileHandle, type FileSystem, nodeFileSystem } from '@varve/core';
import { fileNames } from '@varve/core/internal';
import { type Call, SeededRandom, SimulatedDisk } from '@varve/core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { EventStore, type WriteOptions } from '../src/index.ts';
import { damageStoreFile, openStore, storeFiles, withoutUnsynced } from './simulation/power-cut.ts';
import { emptyDisk } from './simulation/recorded-run.ts';
import {
  expected,
  numbersIn,
  overPartitions,
  redoPath,
  streams,
  together,
  withRedoLog,
  withUnsyncedSegments,
} from './simulation/redo-store.ts';
import { temporaryDirectory } from './temporary-directory.ts';

let disk: SimulatedDisk;
beforeEach(() => (disk = emptyDisk()));

const syncsOf = (calls: readonly Call[]): string[] => {
  return calls.filter(({ kind }) => kind === 'sync').map(({ path }) => /[^/]*$/.exec(path)![0]);
};

describe('durable commits', () => {
  it('wait for the redo log alone, however many partitions they are in', async () => {
    const store = await withUnsyncedSegments(disk);
    disk.calls.length = 0;
    await together(store, 13);
    expect(syncsOf(disk.calls)).toEqual(['redo']);
  });

  it('of one partition and few bytes do without it', async () => {
    const store = openStore(disk, { ...withRedoLog, partitioner: 'shared' });
    for (let n = 1; n < 20; n++) await together(store, n);
    expect(storeFiles(disk)).not.toContain(redoPath);
  });

  it('of one partition and more than a page have it', async () => {
    const store = openStore(disk, { ...withRedoLog, partitioner: 'shared' });
    for (let n = 1; n < 8; n++) await together(store, n, 'x'.repeat(2000));
    disk.calls.length = 0;
    await together(store, 8, 'x'.repeat(2000));
    expect(syncsOf(disk.calls)).toEqual(['redo']);
  });

  it('that are few again are synced where they belong, when all before them were', async () => {
    const store = await withUnsyncedSegments(disk);
    await store.close();
    const next = openStore(disk, overPartitions);
    for (let n = 13; n < 20; n++) await together(next, n);
    expect(syncsOf(disk.calls).at(-1)).toBe('redo');
    // Dropping events syncs all segments.
    await next.drop({ before: 1 });
    disk.calls.length = 0;
    await next.commit('a', { type: 'a', n: 20 }).durable;
    // The drop wrote a record to the catalog.
    expect(syncsOf(disk.calls)).toEqual(['catalog', '00000000000000000000.seg']);
  });

  it('that are too large for it are synced where they belong', async () => {
    const store = await withUnsyncedSegments(disk);
    disk.calls.length = 0;
    await together(store, 13, 'x'.repeat(200_000));
    expect(syncsOf(disk.calls).filter((name) => name.endsWith('.seg'))).toHaveLength(3);
    expect(numbersIn(openStore(withoutUnsynced(disk), overPartitions))).toEqual(expected(13));
  });

  it('that begin a segment are synced where they are: the log has no header', async () => {
    const store = await withUnsyncedSegments(disk);
    await Promise.all(['a', 'new'].map((stream) => store.commit(stream, { n: 13 }).durable));
    const found = openStore(withoutUnsynced(disk), overPartitions);
    expect(found.getEventStream('new').events).toEqual([{ n: 13 }]);
    expect(found.position).toBe(38);
  });

  it('do without it when there is to be none', async () => {
    await withUnsyncedSegments(disk, { redoLogBytes: 0 });
    expect(storeFiles(disk)).not.toContain(redoPath);
  });

  it.each([1, 8191, 67_108_865, 0.5, -1, '8192'])('refuse %j as its size', (redoLogBytes) => {
    const open = (): EventStore => openStore(disk, { redoLogBytes } as WriteOptions);
    expect(open).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });

  it('sync the segments before a half of it is written over', async () => {
    const store = await withUnsyncedSegments(disk, { redoLogBytes: 8192 });
    disk.calls.length = 0;
    for (let n = 13; n < 17; n++) await together(store, n);
    const order = disk.calls.flatMap(({ kind, path }) => {
      if (kind === 'write' && path === redoPath) return ['write redo'];
      return kind === 'sync' && path.endsWith('.seg') ? ['sync segment'] : [];
    });
    // A half has one record here: between two writes to the same half, all three segments are synced.
    const writes = order.flatMap((what, at) => (what === 'write redo' ? [at] : []));
    for (let index = 2; index < writes.length; index++) {
      const between = order.slice(writes[index - 2], writes[index]);
      expect(between.filter((what) => what === 'sync segment').length).toBeGreaterThanOrEqual(3);
    }
    expect(writes.length).toBeGreaterThan(3);
  });
});

describe('what fails', () => {
  it('while it is made, is no concern of the commits', async () => {
    disk.faults = ({ kind, path }) => (path.startsWith(redoPath) && kind === 'write' ? { code: 'ENOSPC' } : undefined);
    await withUnsyncedSegments(disk);
    expect(storeFiles(disk)).not.toContain(redoPath);
    expect(numbersIn(openStore(withoutUnsynced(disk), overPartitions))).toEqual(expected(12));
  });

  it('while an old writer makes it, leaves that of the next writer as it is', async () => {
    const process = disk.startProcess();
    let fail: (() => void) | undefined;
    const untilItFails = async (): Promise<void> =>
      new Promise((_, reject) => {
        fail = () => reject(new Error('asked for by the test'));
      });
    const open: FileSystem['open'] = (path, mode) => {
      const handle = process.open(path, mode);
      if (!path.startsWith(redoPath)) return handle;
      return Object.create(handle, { syncLater: { value: untilItFails } }) as FileHandle;
    };
    const old = openStore(disk, overPartitions, Object.create(process, { open: { value: open } }) as FileSystem);
    for (let n = 1; n <= 3; n++) await together(old, n);
    // It loses its lock meanwhile.
    disk.locks.clear();
    const next = openStore(disk, { ...overPartitions, random: new SeededRandom(2) });
    for (let n = 4; n <= 12; n++) await together(next, n);
    fail!();
    await setTimeout(1);
    await together(next, 13);
    const left = disk.medium.crashed(disk.medium.unsyncedNames, (file) => file.crashed(() => 'drop'));
    expect(numbersIn(openStore(new SimulatedDisk(left), overPartitions))).toEqual(expected(13));
  });

  it('while its number is told, ends the writer, and those who wait hear of it', async () => {
    const store = openStore(disk, overPartitions);
    for (let n = 1; n <= 2; n++) await together(store, n);
    disk.faults = ({ kind, path }) => (path.endsWith('/head') && kind === 'sync' ? { code: 'EIO' } : undefined);
    await expect(together(store, 3)).rejects.toMatchObject({ code: 'WRITE_FAILED' });
    expect(() => store.commit('a', { n: 4 })).toThrow(expect.objectContaining({ code: 'WRITE_FAILED' }));
  });

  it('while it is written: segments are synced instead, those too of which it had something', async () => {
    const store = await withUnsyncedSegments(disk);
    disk.faults = ({ kind, path }) => (path === redoPath && kind === 'write' ? { code: 'EIO' } : undefined);
    // The third stream has nothing new.
    await Promise.all(['a', 'b'].map((stream) => store.commit(stream, { n: 13 }).durable));
    disk.faults = undefined;
    damageStoreFile(disk, fileNames.redo, () => Buffer.alloc(0));
    const found = numbersIn(openStore(withoutUnsynced(disk), overPartitions));
    expect(found.toSorted((left, right) => left - right)).toEqual(
      [...expected(12), 13, 13].toSorted((left, right) => left - right),
    );
  });

  it('while it is synced, ends the writer', async () => {
    const store = await withUnsyncedSegments(disk);
    disk.faults = ({ kind, path }) => (path === redoPath && kind === 'sync' ? { code: 'EIO' } : undefined);
    await expect(together(store, 13)).rejects.toMatchObject({ code: 'WRITE_FAILED' });
    expect(() => store.commit('a', { type: 'a' })).toThrow(expect.objectContaining({ code: 'WRITE_FAILED' }));
  });

  it('while segments are synced beside it, ends the writer', async () => {
    const store = await withUnsyncedSegments(disk, { redoLogBytes: 8192 });
    disk.faults = ({ kind, path }) => (path.endsWith('.seg') && kind === 'sync' ? { code: 'EIO' } : undefined);
    const commits = [13, 14, 15].map((n) => together(store, n));
    await expect(Promise.all(commits)).rejects.toMatchObject({ code: 'WRITE_FAILED' });
    disk.faults = undefined;
    // What was acknowledged is in the redo log.
    const found = numbersIn(openStore(withoutUnsynced(disk), overPartitions));
    expect(found).toEqual(expect.arrayContaining(expected(12)));
  });
});

describe('while segments are synced beside the redo log for long', () => {
  const options = { ...overPartitions, redoLogBytes: 8192 };
  /** By path: how often it was written, and how often before the last sync that has ended. */
  const written = new Map<string, number>();
  const synced = new Map<string, number>();
  const events: string[] = [];
  let delayMs = 0;
  let storageDirectory: string;
  let store: EventStore;

  beforeEach(async () => {
    delayMs = 0;
    storageDirectory = temporaryDirectory();
    const storageConfig = { ...options, fileSystem: withSlowSyncs() };
    store = await EventStore.open('store', { storageDirectory, storageConfig });
    for (let n = 1; n <= 12; n++) await together(store, n);
    delayMs = 200;
  });

  it('a commit that the log has no room for is durable when its segment is', async () => {
    const note = 'x'.repeat(5000);
    await Promise.all(streams.map((stream, at) => store.commit(stream, { n: 13, ...(at === 1 && { note }) }).durable));
    const path = segmentsIn(storageDirectory).find((each) => each.includes('/000002-b/'));
    expect(synced.get(path!)).toBe(written.get(path!));
    await store.close();
  });

  it('commits wait for that before they write over what the log has of them', async () => {
    events.length = 0;
    for (let n = 13; n < 16; n++) await together(store, n);
    const writes = events.flatMap((event, at) => (event === 'redo written' ? [at] : []));
    expect(writes).toHaveLength(3);
    // Each half has one record here, and each record is of three segments.
    for (const [index, at] of writes.slice(0, -1).entries()) {
      expect(events.slice(at, writes[index + 1]).filter((event) => event === 'segment synced')).toHaveLength(3);
    }
    await store.close();
  });

  it('segments that are dropped stay away, though others are synced at once afterwards', async () => {
    await together(store, 13);
    // The drop keeps the last event, and with it the segment of its stream.
    store.commit('a', { n: 14 });
    await store.drop({ before: store.position });
    expect(segmentsIn(storageDirectory)).toEqual([expect.stringContaining('/000001-a/')]);
    store.storage.reindex(0);
    const sizes = segmentsIn(storageDirectory).map((path) => statSync(path).size);
    expect(sizes).toEqual([expect.not.closeTo(0)]);
    await store.close();
  });

  /** Asynchronous syncs of segments take `delayMs`. */
  function withSlowSyncs(): FileSystem {
    const slowly = (handle: FileHandle): FileHandle => ({
      path: handle.path,
      read: (...args) => handle.read(...args),
      write: (...args) => {
        written.set(handle.path, (written.get(handle.path) ?? 0) + 1);
        if (handle.path.endsWith('/redo')) events.push('redo written');
        return handle.write(...args);
      },
      truncate: (sizeBytes) => handle.truncate(sizeBytes),
      sizeBytes: () => handle.sizeBytes(),
      sync: () => handle.sync(),
      syncLater: async () => {
        const before = written.get(handle.path) ?? 0;
        await handle.syncLater();
        const isSegment = handle.path.endsWith('.seg');
        if (isSegment) await setTimeout(delayMs);
        synced.set(handle.path, before);
        if (isSegment) events.push('segment synced');
      },
      close: () => handle.close(),
    });
    return { ...nodeFileSystem, open: (path, mode) => slowly(nodeFileSystem.open(path, mode)) };
  }
});

function segmentsIn(directory: string): string[] {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.seg')).map((name) => join(directory, name));
}
