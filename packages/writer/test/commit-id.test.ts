import { rmSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { hasErrorCode } from '@varve/core';
import { EventStore } from '@varve/writer';
import { SimulatedDisk } from '@varve/core/testing';
import { StoresOnDisk } from './stores-on-disk.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const idFiles = (stores: StoresOnDisk): string[] => stores.disk.startProcess().list('/data/store/commit-ids') ?? [];

describe('a commit id that the caller gives', () => {
  test('makes the commit idempotent, whatever else is given the second time', async () => {
    const store = new StoresOnDisk().open();
    store.commit('a', { n: 0 });
    const first = store.commit('a', [{ n: 1 }, { n: 2 }], 1, { commitId: 'order-7', user: 'anna' });
    expect([first.id, first.isDuplicate]).toEqual(['order-7', false]);
    let hooks = 0;
    store.preCommit(() => hooks++);
    const again = store.commit('a', [{ n: 1 }, { n: 2 }], 1, { commitId: 'order-7' });
    const { position, version, size, committedAtUs } = first;
    expect(again).toMatchObject({
      id: 'order-7',
      isDuplicate: true,
      stream: 'a',
      position,
      version,
      size,
      committedAtUs,
    });
    await again.durable;
    expect([store.position, hooks]).toEqual([3, 0]);
    expect([...store.getEventStream('a', -1).stored()][0]!.metadata).toMatchObject({
      commitId: 'order-7',
      user: 'anna',
    });
    await new Promise<void>((resolve) => store.commit('a', { n: 1 }, { commitId: 'order-7' }, () => resolve()));
    await store.close();
  });

  test('is known again after restarts and a kill, through files that are merged', async () => {
    const stores = new StoresOnDisk();
    const positions = new Map<string, number>();
    for (let round = 0; round < 40; round++) {
      const store = stores.open();
      for (const [id, position] of positions) {
        expect(store.commit('other', { n: 0 }, { commitId: id })).toMatchObject({ isDuplicate: true, position });
      }
      for (let n = 0; n < 3; n++) {
        const id = `id-${round}-${n}`;
        positions.set(id, store.commit('a', { n }, { commitId: id }).position);
        store.commit('a', { plain: true });
      }
      store.flush();
      if (round % 5 === 4) stores.process.kill();
      else await store.close();
    }
    expect(positions.size).toBe(120);
    // Each closed round made a file; sixteen of them were merged into one.
    expect(idFiles(stores).length).toBeLessThan(20);
    expect(idFiles(stores).length).toBeGreaterThan(1);
  });

  test('is found again from the frames when its files are lost', async () => {
    const stores = new StoresOnDisk();
    const store = stores.open();
    store.commit('a', { n: 1 }, { commitId: 'x' });
    await store.close();
    for (const name of idFiles(stores)) stores.disk.startProcess().remove(`/data/store/commit-ids/${name}`);
    const reopened = stores.open();
    expect(reopened.commit('a', { n: 1 }, { commitId: 'x' }).isDuplicate).toBe(true);
    await reopened.close();
  });

  test.each([
    ['after a close', 'close', ['commit-ids']],
    ['after a kill', 'kill', ['commit-ids']],
    ['with the head', 'close', ['commit-ids', 'head']],
  ])('is found again from the frames when the whole folder is lost, %s', async (_name, ending, lost) => {
    const storageDirectory = temporaryDirectory();
    const store = await EventStore.open('shop', { storageDirectory });
    store.commit('a', { n: 1 });
    store.commit('a', { n: 2 }, { commitId: 'x' });
    await store.commit('a', { n: 3 }, { user: 'anna' }).flushed;
    if (ending === 'kill') store.storage.close();
    else await store.close();
    for (const name of lost) rmSync(`${storageDirectory}/shop/${name}`, { recursive: true });
    // The second time from the rebuilt files.
    for (let round = 0; round < 2; round++) {
      const reopened = await EventStore.open('shop', { storageDirectory });
      expect(reopened.commit('a', { n: 2 }, { commitId: 'x' })).toMatchObject({ isDuplicate: true, position: 2 });
      await reopened.close();
    }
  });

  test('that was dropped with its commit is refused, not forgotten, when the folder is lost', async () => {
    const storageDirectory = temporaryDirectory();
    const storageConfig = { segmentBytes: 512 };
    const store = await EventStore.open('shop', { storageDirectory, storageConfig });
    for (let n = 1; n <= 50; n++) store.commit('a', { n }, { commitId: `id-${n}` });
    await store.drop({ before: 30 });
    await store.close();
    rmSync(`${storageDirectory}/shop/commit-ids`, { recursive: true });
    const path = `${storageDirectory}/shop/commit-ids`;
    await expect(EventStore.open('shop', { storageDirectory })).rejects.toMatchObject({ code: 'CORRUPTION', path });
  });

  test('is never missed because a file is damaged', async () => {
    const stores = new StoresOnDisk();
    const store = stores.open();
    store.commit('a', { n: 1 }, { commitId: 'x' });
    await store.close();
    const path = `/data/store/commit-ids/${idFiles(stores).sort().at(-1)!}`;
    const file = stores.disk.startProcess().open(path, 'write');
    file.write(Uint8Array.of(1, 2, 3), 0, 3, file.sizeBytes() - 3);
    const reopened = stores.open();
    expect(reopened.commit('a', { n: 1 }, { commitId: 'x' }).isDuplicate).toBe(true);
    expect(reopened.position).toBe(1);
    await reopened.close();
  });

  test('of a commit to several streams, or of the store itself, is known too', async () => {
    const stores = new StoresOnDisk();
    const store = stores.open({ partitioner: 'perStream' });
    const commits = [
      { stream: 'a', events: [{ n: 1 }, { n: 2 }], expectedVersion: 0, metadata: { commitId: 'joint' } },
      { stream: 'b', events: { n: 1 }, expectedVersion: 0 },
    ];
    const first = store.commitAll(commits);
    const own = store.commit('a', { n: 3 });
    await store.close();
    const reopened = stores.open();
    const again = reopened.commitAll(commits);
    expect(again.isDuplicate).toBe(true);
    expect(again.parts).toEqual(first.parts);
    expect(reopened.commit('a', { n: 3 }, { commitId: own.id })).toMatchObject({ isDuplicate: true, position: 4 });
    expect(() => reopened.commitAll([commits[0]!, { ...commits[1]!, metadata: { commitId: 'other' } }])).toThrow(
      'different commit ids',
    );
    expect(reopened.position).toBe(4);
    await reopened.close();
  });

  test('that was cut off with its commit can be given again', async () => {
    const stores = new StoresOnDisk();
    const store = stores.open();
    await store.commit('a', { n: 1 }, { commitId: 'kept' }).durable;
    const before = stores.disk.medium.copy();
    store.commit('a', { n: 2 }, { commitId: 'lost' });
    store.flush();
    const disk = new SimulatedDisk(before);
    const storageConfig = { fileSystem: disk.startProcess() };
    const recovered = new EventStore('store', { storageDirectory: '/data', storageConfig });
    expect(recovered.commit('a', { n: 1 }, { commitId: 'kept' }).isDuplicate).toBe(true);
    expect(recovered.commit('a', { n: 2 }, { commitId: 'lost' })).toMatchObject({ isDuplicate: false, position: 2 });
    await recovered.close();
  });

  test('costs a store nothing that does not use it, and is checked', async () => {
    const stores = new StoresOnDisk();
    const store = stores.open();
    store.commit('a', { n: 1 }, { user: 'anna' });
    for (const commitId of ['', 7, null, 'x'.repeat(1025)]) {
      let error: unknown;
      try {
        store.commit('a', { n: 1 }, { commitId });
      } catch (thrown) {
        error = thrown;
      }
      expect(hasErrorCode(error, 'INVALID_OPTION')).toBe(true);
    }
    await store.close();
    expect(stores.disk.startProcess().stat('/data/store/commit-ids')).toBeUndefined();
  });
});

describe('an id that looks like one that the store gave', () => {
  test('is that of a commit only where the event at its position has it', async () => {
    const stores = new StoresOnDisk();
    const store = stores.open();
    const { id } = store.commit('a', { n: 1 });
    expect(store.commit('a', { n: 1 }, { commitId: id })).toMatchObject({ isDuplicate: true, position: 1 });
    const prefix = id.slice(0, -'1-1'.length);
    // Not of that form; of a position that does not exist, or not yet; of another epoch.
    const ids = ['1', '1-0', '1-x', '1-1-1', '1-999', '7-1'].map((end) => prefix + end);
    for (const [number, commitId] of ids.entries()) {
      expect(store.commit('a', { n: 2 }, { commitId })).toMatchObject({ isDuplicate: false, position: number + 2 });
    }
    await store.close();
    const again = stores.open();
    for (const [number, commitId] of ids.entries()) {
      expect(again.commit('a', { n: 2 }, { commitId })).toMatchObject({ isDuplicate: true, position: number + 2 });
    }
    await again.close();
  });

  test('is told from that of an event that was dropped by its epoch', async () => {
    const stores = new StoresOnDisk();
    const store = stores.open({ segmentBytes: 100 });
    const ids = [1, 2, 3, 4].map((n) => store.commit('a', { n }).id);
    await store.drop({ before: 3 });
    expect(store.firstPosition).toBe(3);
    const first = ids[0]!;
    expect(() => store.commit('a', { n: 1 }, { commitId: first })).toThrow(/dropped/);
    const other = first.replace(/-1-1$/, '-9-1');
    expect(other).not.toBe(first);
    expect(store.commit('a', { n: 1 }, { commitId: other })).toMatchObject({ isDuplicate: false, position: 5 });
    await store.close();
  });
});

test('a callback of a commit that is made already is called when that is as safe as the store makes it', async () => {
  for (const syncOnFlush of [false, true]) {
    const store = new StoresOnDisk().open({ syncOnFlush });
    const commitId = 'order-7';
    const order: string[] = [];
    store.commit('a', { n: 1 }, { commitId }, () => order.push('first'));
    store.commit('a', { n: 1 }, { commitId }, () => order.push('again'));
    expect(order).toEqual([]);
    await store.close();
    await new Promise((resolve) => setImmediate(resolve));
    expect(order).toEqual(['first', 'again']);
  }
});

test('a commit whose id is undefined gets one from the store', async () => {
  const store = new StoresOnDisk().open();
  const metadata = { commitId: undefined, user: 'anna' };
  const [first, second] = [1, 2].map((n) => store.commit('a', { n }, metadata));
  expect(first!.id).not.toBe(second!.id);
  expect([...store.getEventStream('a').stored()].map(({ metadata: { commitId } }) => commitId)).toEqual([
    first!.id,
    second!.id,
  ]);
  await store.close();
});
