/**
 * A power cut while files of indexes are merged, in a store that has dropped events: what the files say of those cannot be
 * rebuilt, so no file may replace others before what it covers is durable.
 */
import { crashStates, SeededRandom, SimulatedDisk } from '@varve/core/testing';
import { EventStore, LOCK_RECLAIM, type WriteOptions } from '@varve/writer';
import { describe, expect, it } from 'vitest';
import { StoresOnDisk } from './stores-on-disk.ts';

const small: WriteOptions = { eventsPerIndexRun: 10, segmentBytes: 8192 };
const text = 'x'.repeat(300);

/** Opens it as an operator would: a lost sector before one that was kept is cut off only when the writer is told to. */
function opened(disk: SimulatedDisk): EventStore {
  const open = (options: WriteOptions): EventStore =>
    new EventStore('store', {
      storageDirectory: '/data',
      storageConfig: { ...options, fileSystem: disk.startProcess() },
    });
  try {
    return open(small);
  } catch {
    return open({ ...small, lock: LOCK_RECLAIM });
  }
}

/** Opens what each power cut at this moment may leave; every event up to `durable` must be there, in `numbers` too. */
function expectAllToOpen(disk: SimulatedDisk, durable: number): number {
  let states = 0;
  for (const { medium } of crashStates(disk.medium, { random: new SeededRandom(1), randomStates: 40 })) {
    const store = opened(new SimulatedDisk(medium));
    expect(store.position).toBeGreaterThanOrEqual(durable);
    expect(store.getStreamVersion('numbers')).toBe(store.position);
    store.storage.close();
    states++;
  }
  return states;
}

function commitTen(store: EventStore): void {
  store.commit(
    'numbers',
    Array.from({ length: 10 }, (_, number) => ({ number, text })),
  );
  store.flush();
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe('after a loss of power', () => {
  it('while index runs are merged, a store with dropped events opens', async () => {
    const stores = new StoresOnDisk();
    const store = stores.open(small);
    for (let run = 0; run < 7; run++) commitTen(store);
    await turns();
    await store.drop({ before: 40 });
    const { lastPosition: durable } = await store.commit('numbers', { number: 0 }).durable;
    await turns();
    // With the eighth run, all of them are merged.
    commitTen(store);
    expect(expectAllToOpen(stores.disk, durable)).toBeGreaterThan(20);
    await turns();
    expect(expectAllToOpen(stores.disk, durable)).toBeGreaterThan(0);
    await store.close();
  });

  it('while files of commit ids are merged at the end, a store with dropped events opens', async () => {
    const stores = new StoresOnDisk();
    let states = 0;
    for (let session = 1; session <= 18; session++) {
      const store = stores.open(small);
      const durable = store.position;
      store.commit('numbers', { text: text.repeat(10) }, { commitId: `id-${session}` });
      store.flush();
      if (session === 10) await store.drop({ before: 6 });
      // Closing syncs the segment after everything else was written: opens what a power cut leaves just before that.
      if (session >= 16) {
        stores.disk.faults = ({ kind, path }) => {
          if (kind === 'sync' && path.endsWith('.seg')) states += expectAllToOpen(stores.disk, durable);
          return undefined;
        };
      }
      await store.close();
      stores.disk.faults = undefined;
    }
    expect(states).toBeGreaterThan(20);
  });
});
