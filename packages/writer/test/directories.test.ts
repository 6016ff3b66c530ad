/**
 * A store whose partitions and indexes are in directories of their own: reads as any other, is found again through its
 * record or the options, and refuses directories that are not its own rather than look empty.
 */
import { type FileSystem, hasErrorCode, ReadOnlyEventStore } from '@varve/core';
import { crashStates, ManualClock, replay, SeededRandom, SimulatedDisk } from '@varve/core/testing';
import { describe, expect, it } from 'vitest';
import { EventStore, hashed, LOCK_RECLAIM, type WriteOptions } from '@varve/writer';
import { commitCounted, countedIn, countFrom, thrownBy } from './counted-events.ts';
import { StoresOnDisk } from './stores-on-disk.ts';

const places = { dataDirectory: '/fast', indexDirectory: '/small/' };
const work: WriteOptions = { eventsPerIndexRun: 16, segmentBytes: 512, partitioner: hashed(3) };

async function madeElsewhere(): Promise<StoresOnDisk> {
  const stores = new StoresOnDisk();
  const store = stores.open({ ...work, ...places });
  commitCounted(store, 50);
  store.commit('s-1', { type: 'Odd', n: 51 }, { commitId: 'given' });
  await store.close();
  return stores;
}

function namesIn(stores: StoresOnDisk, directory: string): string[] {
  return (stores.disk.startProcess().list(directory) ?? []).sort();
}

describe('a store with dataDirectory and indexDirectory', () => {
  // The error named the directory as the wrong one, which it is not.
  it('says that the note of whose files they are is damaged', async () => {
    const stores = await madeElsewhere();
    const path = '/fast/store/part.json';
    const file = stores.disk.startProcess().open(path, 'write');
    file.write(Uint8Array.of(63), 0, 1, 40);
    for (const open of [() => stores.openReader(), () => stores.open(work)]) {
      expect(thrownBy(open)).toMatchObject({ code: 'CORRUPTION', path, hint: expect.any(String) as string });
    }
  });

  it('has its partitions in one and its indexes in the other', async () => {
    const stores = await madeElsewhere();
    expect(namesIn(stores, '/fast/store')).toEqual(['part.json', 'partitions']);
    expect(namesIn(stores, '/small/store')).toEqual([
      'commit-ids',
      'indexes',
      'part.json',
      'positions-000000000001.idx',
    ]);
    expect(namesIn(stores, '/data/store')).toEqual(['catalog', 'head', 'store.json', 'writer.json', 'writer.lock']);
  });

  it.each([
    ['the same options', places],
    ['none', {}],
  ])('is read and written with %s', async (_what, options) => {
    const stores = await madeElsewhere();
    const writer = stores.open({ ...work, ...options });
    commitCounted(writer, 3);
    expect(countedIn(writer.getAllEvents())).toEqual([...countFrom(1, 51), 1, 2, 3]);
    expect(writer.commit('s-1', { n: 51 }, { commitId: 'given' }).isDuplicate).toBe(true);
    writer.flush();
    const reader = stores.openReader(options);
    expect(countedIn(reader.getAllEvents())).toEqual([...countFrom(1, 51), 1, 2, 3]);
    expect(reader.getStreamVersion('s-1')).toBe(19);
    await reader.close();
    await writer.close();
  });

  it('is found where its files were moved', async () => {
    const stores = await madeElsewhere();
    stores.disk.makeDirectory('/moved');
    stores.disk.startProcess().rename('/fast/store', '/moved/store');
    expect(thrownBy(() => stores.openReader())).toMatchObject({ code: 'WRONG_DIRECTORY', path: '/fast' });
    const reader = stores.openReader({ dataDirectory: '/moved' });
    expect(countedIn(reader.getAllEvents())).toEqual(countFrom(1, 51));
    await reader.close();
    const writer = stores.open({ ...work, dataDirectory: '/moved' });
    expect(countedIn(writer.getAllEvents())).toEqual(countFrom(1, 51));
    await writer.close();
  });

  it('refuses directories that are not its own, and changes nothing', async () => {
    const stores = await madeElsewhere();
    const other = stores.open({ dataDirectory: '/other' }, { storageDirectory: '/data2' });
    await other.close();
    for (const dataDirectory of ['/other', '/empty', '/data']) {
      for (const open of [() => stores.open({ dataDirectory }), () => stores.openReader({ dataDirectory })]) {
        expect(thrownBy(open)).toMatchObject({ code: 'WRONG_DIRECTORY', path: dataDirectory });
      }
    }
    expect(namesIn(stores, '/empty')).toEqual([]);
    // The lock is free, and everything is there.
    const writer = stores.open(work);
    expect(countedIn(writer.getAllEvents())).toEqual(countFrom(1, 51));
    await writer.close();
  });

  it('does not take files of another store', async () => {
    const stores = await madeElsewhere();
    const second = () => stores.open(places, { storageDirectory: '/elsewhere' });
    expect(thrownBy(second)).toMatchObject({ code: 'NOT_A_STORE', path: '/fast/store' });
  });

  it('keeps the folder of another store that has no events yet', async () => {
    const stores = new StoresOnDisk();
    const first = stores.open(places);
    const second = () => stores.open(places, { storageDirectory: '/elsewhere' });
    expect(thrownBy(second)).toMatchObject({ code: 'NOT_A_STORE', path: '/fast/store' });
    await first.close();
  });
});

describe('a store in its own folder', () => {
  it('refuses to be opened with its files elsewhere', async () => {
    const stores = new StoresOnDisk();
    await stores.open().close();
    for (const open of [() => stores.open(places), () => stores.openReader(places)]) {
      expect(thrownBy(open)).toMatchObject({ code: 'WRONG_DIRECTORY', path: '/fast' });
    }
  });

  it('takes its own directory as an option, and stays of the first version', async () => {
    const stores = new StoresOnDisk();
    const options = { dataDirectory: '/data/', indexDirectory: '/data' };
    await stores.open(options).close();
    await stores.openReader(options).close();
    const description = stores.process.open('/data/store/store.json', 'read');
    const bytes = Buffer.alloc(description.sizeBytes());
    description.read(bytes, 0, bytes.length, 0);
    expect(JSON.parse(bytes.toString())).toMatchObject({ version: 1 });
    expect(bytes.toString()).not.toContain('Directory');
  });
});

describe('power cuts while a store with its files elsewhere is made and written', () => {
  it('leave a store with all durable commits, or none at all', async () => {
    const { medium: start } = new StoresOnDisk().disk;
    const disk = new SimulatedDisk(start.copy());
    const open = (fileSystem: FileSystem, repair: WriteOptions = {}): EventStore => {
      const tools = { fileSystem, clock: new ManualClock(), random: new SeededRandom(3) };
      return new EventStore('store', {
        storageDirectory: '/data',
        storageConfig: { ...work, ...places, ...tools, ...repair },
      });
    };
    // Where later sectors of a file outlive earlier ones, recovery asks before it cuts.
    const reopen = (after: SimulatedDisk): EventStore => {
      try {
        return open(after.startProcess());
      } catch (error) {
        if (!hasErrorCode(error, 'CORRUPTION')) throw error;
        return open(after.startProcess(), { lock: LOCK_RECLAIM });
      }
    };
    const durableAt: number[] = [];
    const store = open(disk.startProcess());
    for (let n = 1; n <= 4; n++) {
      commitCounted(store, 4);
      await store.commit('last', { n }).durable;
      durableAt.push(disk.operations.length);
    }
    await store.close();
    let operations = 0;
    for (const medium of replay(start, disk.operations)) {
      const durable = durableAt.filter((at) => at <= operations).length * 5;
      for (const state of crashStates(medium, { random: new SeededRandom(operations), randomStates: 2 })) {
        const again = reopen(new SimulatedDisk(state.medium));
        expect(again.position, `operation ${operations}, ${state.description}`).toBeGreaterThanOrEqual(durable);
        expect(countedIn(again.getAllEvents())).toHaveLength(again.position);
        again.storage.close();
      }
      operations++;
    }
    expect(operations).toBeGreaterThan(40);
  }, 60_000);
});

it('ReadOnlyEventStore refuses a directory that is no path', () => {
  const open = (): unknown => new ReadOnlyEventStore('store', { dataDirectory: 'a\0b' });
  expect(thrownBy(open)).toMatchObject({ code: 'INVALID_OPTION' });
});
