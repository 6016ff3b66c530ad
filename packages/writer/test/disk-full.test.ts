/**
 * A full disk: what was accepted waits and is written when there is room again, what comes meanwhile is refused with DISK_FULL
 * and never appears. Tried for every call that needs room, and for a disk that is really full.
 */
import { ManualClock } from '@varve/core/testing';
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { WriteOptions } from '../src/index.ts';
import { FullDiskRun, type NoRoom } from './simulation/full-disk-run.ts';
import { openStore } from './simulation/power-cut.ts';
import { commitsFound } from './simulation/commits-found.ts';
import { emptyDisk } from './simulation/recorded-run.ts';
import { byType } from './simulation/workloads.ts';

const variants: Readonly<Record<string, WriteOptions>> = {
  'one partition in segments': { segmentBytes: 500 },
  'commits spread over partitions, with index runs': { partitioner: byType, eventsPerIndexRun: 3, indexTypes: true },
  'a partition per stream, synced on every flush': { partitioner: 'perStream', syncOnFlush: true },
  'a flush for each commit': { maxWriteBufferDocuments: 1, serializer: 'json' },
};

const cases: readonly Omit<NoRoom, 'nth'>[] = [
  { count: 1, code: 'ENOSPC', isShort: false },
  { count: 2, code: 'ENOSPC', isShort: true },
  { count: 7, code: 'EDQUOT', isShort: false },
  { count: 40, code: 'EFBIG', isShort: true },
];

async function work(run: FullDiskRun): Promise<void> {
  for (let n = 0; n < 6; n++) {
    run.commit('orders', [
      { type: 'placed', n },
      { type: 'bb', n, [`shape${n}`]: 'x'.repeat(60) },
    ]);
    run.commit(`stream-${n}`, [{ type: 'ccc', n }], n % 2 === 0 ? { commitId: `id-${n}` } : undefined);
    await run.tick(n % 3 === 0 ? 300 : 0);
  }
}

describe('with no room at every call that needs some', () => {
  let runs = 0;
  let refused = 0;
  afterAll(() => console.log(`Runs on a disk that was full for a while: ${runs}, with ${refused} refused commits.`));

  it.each(Object.entries(variants))('loses nothing, %s', { timeout: 120_000 }, async (name, options) => {
    for (const noRoom of cases) {
      for (let nth = 0, wasHit = true; wasHit; nth++) {
        const run = new FullDiskRun(options);
        try {
          run.commit('before', [{ type: 'before' }]);
          await run.tick();
          run.runOut({ ...noRoom, nth });
          await work(run);
          await run.finish();
        } catch (error) {
          const last = run.disk.calls.at(-1);
          const where = `${name}, ${JSON.stringify({ ...noRoom, nth })}, ${JSON.stringify(last)}`;
          throw new Error(`${where}: ${String(error)}`, { cause: error });
        }
        wasHit = run.wasHit;
        refused += run.refused.length;
        runs++;
      }
    }
    expect(refused).toBeGreaterThan(0);
  });
});

describe('a disk that is full', () => {
  const event = { type: 'placed', note: 'x'.repeat(1000) };

  it('refuses commits up front, keeps those that were accepted, and goes on when there is room', async () => {
    const clock = new ManualClock();
    const disk = emptyDisk();
    const store = openStore(disk, { clock });
    const errors: unknown[] = [];
    store.on('error', (error) => errors.push(error));
    store.commit('orders', event);
    store.flush();
    disk.capacityBytes = disk.usedBytes + 500;
    const kept = store.commit('orders', event);
    expect(() => store.flush()).toThrow(expect.objectContaining({ code: 'DISK_FULL' }));
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(() => store.commit('orders', event)).toThrow(expect.objectContaining({ code: 'DISK_FULL' }));
    }
    expect([store.position, store.getStreamVersion('orders'), clock.holds]).toEqual([2, 2, 1]);
    disk.capacityBytes = Infinity;
    clock.advance(300);
    await kept.flushed;
    expect([store.commit('orders', event).position, clock.holds]).toEqual([3, 0]);
    await store.close();
    const commits = Array.from({ length: 3 }, () => ({ stream: 'orders', events: [event] }));
    expect(commitsFound(openStore(disk), commits)).toBe(3);
  });

  it('rejects what still waits when the store is closed, and says that it may be lost', async () => {
    const disk = emptyDisk();
    const store = openStore(disk);
    store.commit('orders', event);
    store.flush();
    disk.capacityBytes = disk.usedBytes + 200;
    const lost = store.commit('orders', event);
    const [flushed, durable] = [lost.flushed, lost.durable].map((promise) => promise.catch((error: unknown) => error));
    await expect(store.close()).rejects.toMatchObject({ code: 'DISK_FULL' });
    expect(await Promise.all([flushed, durable])).toMatchObject([{ code: 'DISK_FULL' }, { code: 'DISK_FULL' }]);
    disk.capacityBytes = Infinity;
    expect(openStore(disk).position).toBe(1);
  });

  it('warns when nobody listens, and once', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const clock = new ManualClock();
    const disk = emptyDisk();
    const store = openStore(disk, { clock });
    store.removeAllListeners('error');
    store.commit('orders', event);
    store.flush();
    disk.capacityBytes = disk.usedBytes;
    store.commit('orders', event);
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(2000);
    expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('no room'), { code: 'DISK_FULL' });
    warn.mockRestore();
    disk.capacityBytes = Infinity;
    await store.close();
  });

  it('is told from a sync that fails for want of room, after which nobody knows what the medium has', async () => {
    const disk = emptyDisk();
    const store = openStore(disk);
    disk.faults = ({ kind }) => (kind === 'sync' ? { code: 'ENOSPC' } : undefined);
    await expect(store.commit('orders', event).durable).rejects.toMatchObject({ code: 'WRITE_FAILED' });
    disk.faults = undefined;
    expect(() => store.commit('orders', event)).toThrow(expect.objectContaining({ code: 'WRITE_FAILED' }));
    store.storage.close();
  });

  it('is told from a write that could not be taken back', async () => {
    const disk = emptyDisk();
    const store = openStore(disk);
    store.commit('orders', event);
    disk.faults = ({ kind, path }) => {
      if (!path.endsWith('.seg')) return undefined;
      return kind === 'write' || kind === 'truncate' ? { code: 'ENOSPC' } : undefined;
    };
    await store.commit('orders', event).flushed.catch((error: unknown) => error);
    expect(() => store.commit('orders', event)).toThrow(expect.objectContaining({ code: 'WRITE_FAILED' }));
    store.storage.close();
  });
});
