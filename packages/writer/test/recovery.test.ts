/**
 * What recovery must get right, one case each. Most of these were wrong once: the comment above a case says how it
 * showed. The states come from a simulated disk; `crash-states.test.ts` looks for more of them.
 */
import { ManualClock } from '@varve/core/testing';
import { describe, expect, it } from 'vitest';
import { LOCK_RECLAIM } from '../src/index.ts';
import { forgedSuccessor } from './simulation/forged-frame.ts';
import {
  damageStoreFile,
  flipBit,
  openStore,
  readStoreFile,
  snapshot,
  withoutUnsynced,
  withoutUnsyncedOf,
} from './simulation/power-cut.ts';
import { emptyDisk } from './simulation/recorded-run.ts';
import { byType } from './simulation/workloads.ts';

function names(disk: ReturnType<typeof emptyDisk>, part: string): string[] {
  return disk.medium.files().flatMap(([path]) => (path.includes(part) ? [path] : []));
}

describe('what a crash leaves half done', () => {
  // A header of zeros, as delayed allocation leaves it, was treated as damaged, and the store could never be opened.
  it('begins a catalog anew that was never finished', () => {
    const disk = emptyDisk();
    openStore(disk).storage.close();
    const bytes = readStoreFile(disk, '/catalog');
    damageStoreFile(disk, '/catalog', () => Buffer.alloc(bytes.length));
    // There is no head before the catalog is synced.
    disk.startProcess().remove('/data/store/head');
    const store = openStore(disk);
    store.commit('orders', { type: 'placed' });
    expect(store.getEventStream('orders').events).toEqual([{ type: 'placed' }]);
  });

  // The catalog was synced together with the frames that need it. Losing the keys of an object while keeping the event made the
  // event unreadable, or, after more commits, gave it the keys of another one.
  it('never keeps an event without the keys of its payload', () => {
    const disk = emptyDisk();
    const store = openStore(disk);
    store.commit('orders', { type: 'placed' });
    store.flush();
    store.commit('orders', { shape: 'new', amount: 7 });
    store.flush();
    const recovered = openStore(withoutUnsyncedOf(disk, '/catalog'));
    expect(recovered.getEventStream('orders').events).toEqual([{ type: 'placed' }, { shape: 'new', amount: 7 }]);
  });

  // Recovery began to walk at an offset where one segment ends and the next one begins, treated it as a place inside the header
  // of the next one, and refused the store.
  it('goes on where a segment ended and the next one began', async () => {
    const disk = emptyDisk();
    const options = { segmentBytes: 200 };
    const first = openStore(disk, options);
    first.commit('orders', { type: 'placed', note: 'x'.repeat(120) });
    await first.close();
    const second = openStore(disk, options);
    second.commit('orders', { type: 'paid', note: 'x'.repeat(120) });
    second.flush();
    second.storage.close();
    expect(names(disk, '.seg')).toHaveLength(2);
    expect(openStore(disk, options).position).toBe(2);
  });

  // The epoch of what comes before the walk did not count, so that a frame of an older writer passed after it.
  it('takes no frame whose epoch is lower than that of the last durable one', async () => {
    const disk = emptyDisk();
    for (const type of ['one', 'two']) {
      const store = openStore(disk);
      await store.commit('orders', { type }).durable;
      store.storage.close();
    }
    openStore(disk).storage.close();
    const frame = forgedSuccessor(disk, { epoch: 1 });
    damageStoreFile(disk, '.seg', (bytes) => Buffer.concat([bytes, frame]));
    const store = openStore(disk);
    expect(store.getEventStream('orders').events).toEqual([{ type: 'one' }, { type: 'two' }]);
    expect(readStoreFile(disk, '/recovered/000001-shared-' + String(readStoreFile(disk, '.seg').length))).toEqual(
      frame,
    );
  });

  // The removal of a segment file was not synced; the file could come back with the events that had been cut.
  it('removes a segment for good', async () => {
    const disk = emptyDisk();
    const options = { partitioner: 'perStream' } as const;
    const store = openStore(disk, options);
    await store.commit('kept', { type: 'kept' }).durable;
    store.commit('torn', { type: 'torn' });
    store.flush();
    store.storage.close();
    const crashed = withoutUnsyncedOf(disk, 'torn/');
    const again = openStore(crashed, options);
    expect(again.position).toBe(1);
    again.storage.close();
    expect(names(withoutUnsynced(crashed), 'torn/')).toEqual([]);
  });
});

describe('a refusal', () => {
  // The index was cut before it was known whether the store can be opened: readers, which had been fine, lost sight of
  // everything after the last durable event.
  it('changes nothing', async () => {
    const disk = emptyDisk();
    const store = openStore(disk);
    await store.commit('orders', { type: 'placed' }).durable;
    for (let index = 0; index < 5; index++) store.commit(`stream-${index}`, { type: 'moved', index });
    store.flush();
    store.storage.close();
    const frames = readStoreFile(disk, '.seg').length;
    damageStoreFile(disk, '.seg', (bytes) => flipBit(bytes, frames - 150));
    damageStoreFile(disk, '/catalog', (bytes) => Buffer.concat([bytes, Buffer.from('half a record')]));
    const before = snapshot(disk);
    expect(() => openStore(disk)).toThrow(expect.objectContaining({ code: 'CORRUPTION' }));
    expect(snapshot(disk)).toEqual(before);
  });

  // Only the frames after the last indexed position were looked at, and a bad one at the very end of its partition was treated
  // as a torn tail: a durable event was cut off without an error, and the index went on to promise it.
  it('comes for damage in a durable event, also at the end of its partition', async () => {
    const disk = emptyDisk();
    const options = { partitioner: 'perStream' } as const;
    const store = openStore(disk, options);
    await store.commit('early', { type: 'one' }).durable;
    await store.commit('late', { type: 'two' }).durable;
    await store.close();
    openStore(disk, options).storage.close();
    damageStoreFile(disk, 'early/00000000000000000000.seg', (bytes) => flipBit(bytes, bytes.length - 1));
    const before = snapshot(disk);
    for (const repairs of [false, true]) {
      expect(() => openStore(disk, repairs ? { ...options, lock: LOCK_RECLAIM } : options)).toThrow(
        expect.objectContaining({ code: 'CORRUPTION', path: expect.stringContaining('early/') as string }),
      );
      expect(snapshot(disk)).toEqual(before);
    }
  });

  // Rule 6 says that there is always an explicit repair; for the catalog there was none.
  it('of a catalog with a hole behind the durable events can be overcome', async () => {
    const disk = emptyDisk();
    const store = openStore(disk, { serializer: 'json' });
    await store.commit('first', { type: 'placed' }).durable;
    for (const stream of ['second', 'third']) {
      store.commit(stream, { type: 'placed' });
      store.flush();
    }
    store.storage.close();
    damageStoreFile(disk, '/catalog', (bytes) => flipBit(bytes, bytes.indexOf('second')));
    expect(() => openStore(disk)).toThrow(expect.objectContaining({ code: 'CORRUPTION' }));
    const repaired = openStore(disk, { lock: LOCK_RECLAIM });
    expect(repaired.streamNames()).toEqual(['first']);
    expect(repaired.getAllEvents().events).toEqual([{ type: 'placed' }]);
    expect(names(disk, '/recovered/')).toHaveLength(2);
  });

  // A catalog that was cut off inside its header was begun anew, and every event of the store was set aside with it.
  it('comes for a catalog that is missing or cut off', async () => {
    for (const length of [0, 30]) {
      const disk = emptyDisk();
      const store = openStore(disk);
      store.commit('orders', { type: 'placed' });
      store.flush();
      store.storage.close();
      damageStoreFile(disk, '/catalog', (bytes) => bytes.subarray(0, length));
      const before = snapshot(disk);
      expect(() => openStore(disk)).toThrow(expect.objectContaining({ code: 'CORRUPTION' }));
      expect(snapshot(disk)).toEqual(before);
      await Promise.resolve();
    }
  });
});

describe('the position index is rebuilt', () => {
  // Recovery trusted the index up to its end, which was in the middle of a commit: the rest of the commit was gone.
  it('when it ends in the middle of a commit', async () => {
    const disk = emptyDisk();
    const options = { partitioner: byType };
    const store = openStore(disk, options);
    await store.commit('orders', [{ type: 'a' }, { type: 'bb' }, { type: 'ccc' }]).durable;
    await store.close();
    for (const entries of [0, 1, 2]) {
      damageStoreFile(disk, '.idx', (bytes) => bytes.subarray(0, entries * 8));
      const again = openStore(disk, options);
      expect(again.getAllEvents().events).toEqual([{ type: 'a' }, { type: 'bb' }, { type: 'ccc' }]);
      await again.close();
    }
  });
});

describe('time', () => {
  // The head has the time of the operating system, which was set back; the next writer went on from there, before its own past.
  it('never goes back from one writer to the next', async () => {
    const disk = emptyDisk();
    const clock = new ManualClock();
    const times: number[] = [];
    for (const dayMs of [0, -86_400_000]) {
      clock.setTime(1_700_000_000_000_000 + dayMs * 1000);
      const store = openStore(disk, { clock });
      for (let index = 0; index < 3; index++) times.push(store.commit('orders', { index }).committedAtUs);
      await store.close();
    }
    const crashed = openStore(disk, { clock });
    times.push(crashed.commit('orders', { index: 6 }).committedAtUs);
    crashed.flush();
    crashed.storage.close();
    times.push(openStore(disk, { clock }).commit('orders', { index: 7 }).committedAtUs);
    expect(times).toEqual(times.toSorted((left, right) => left - right));
    expect(new Set(times).size).toBe(times.length);
  });
});

describe('what is derived from frames', () => {
  // An index run is synced when it is made, the frames that it covers may not be. Recovery removed a run that reached past what
  // it kept, but not durably: after the next power cut the run was back, the store had grown past it, and streams had events of
  // others.
  it('never comes back when the frames are others', async () => {
    const disk = emptyDisk();
    const options = { eventsPerIndexRun: 2 };
    const store = openStore(disk, options);
    store.commit('lost', [{ n: 1 }, { n: 2 }, { n: 3 }]);
    store.flush();
    expect(names(disk, '.run')).toHaveLength(1);
    const crashed = withoutUnsyncedOf(disk, '.seg');
    const again = openStore(crashed, {});
    expect(again.position).toBe(0);
    for (let n = 1; n <= 4; n++) await again.commit('kept', { n }).durable;
    again.storage.close();
    const last = openStore(withoutUnsynced(crashed), options);
    expect(last.getEventStream('kept').events).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }]);
    expect(last.getEventStream('lost').events).toEqual([]);
  });

  // The same for the index of stream names, which may reach past what is left of the catalog.
  it('never comes back when the streams are others', async () => {
    const former = emptyDisk();
    const writer = openStore(former);
    for (let n = 0; n < 1100; n++) writer.commit(`lost ${n}`, { n });
    await writer.close();
    const [stale] = names(former, '/names-');
    const disk = emptyDisk();
    openStore(disk).storage.close();
    const handle = disk.startProcess().open(stale!, 'create');
    const bytes = readStoreFile(former, stale!);
    handle.write(bytes, 0, bytes.length, 0);
    handle.sync();
    disk.startProcess().syncDirectory('/data/store');
    openStore(disk).storage.close();
    const crashed = withoutUnsynced(disk);
    const again = openStore(crashed);
    for (let n = 0; n < 1200; n++) again.commit(`another stream ${n}`, { n });
    again.flush();
    again.storage.close();
    const last = openStore(crashed);
    expect(last.streamNames()).toEqual(Array.from({ length: 1200 }, (_, n) => `another stream ${n}`));
    expect(last.getEventStream('another stream 1150').events).toEqual([{ n: 1150 }]);
  });
});
