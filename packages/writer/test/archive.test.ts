/**
 * Whole segments in an archive: everybody reads them from there, wherever the archive is mounted; and a missing segment that
 * nobody archived is still damage.
 */
import { ManualClock } from '@varve/core/testing';
import { byTime, EventStore, type WriteOptions } from '@varve/writer';
import { describe, expect, it } from 'vitest';
import { commitCounted, countedIn, countFrom, thrownBy } from './counted-events.ts';
import { StoresOnDisk } from './stores-on-disk.ts';

const small: WriteOptions = { segmentBytes: 512, eventsPerIndexRun: 16, readCacheBytes: 65_536, maxOpenFiles: 4 };

async function filled(
  options: WriteOptions = small,
  count = 100,
): Promise<{ stores: StoresOnDisk; store: EventStore }> {
  const stores = new StoresOnDisk();
  const store = stores.open(options);
  commitCounted(store, count);
  await store.commit('last', { n: count + 1 }).durable;
  return { stores, store };
}

function segmentsIn(stores: StoresOnDisk, folder: string): string[] {
  return (stores.disk.startProcess().list(folder) ?? []).filter((name) => name.endsWith('.seg')).sort();
}

const shared = '/data/store/partitions/000001-shared';

describe('archive', () => {
  it('moves whole segments, and says which', async () => {
    const { stores, store } = await filled();
    const before = segmentsIn(stores, shared);
    const { segments, firstPosition } = await store.archive({ before: 60, to: '/archive' });
    expect(segments.length).toBeGreaterThan(3);
    expect(firstPosition).toBe(1);
    expect(segments.map(({ path }) => path)).toEqual(
      before.slice(0, segments.length).map((name) => `${shared}/${name}`),
    );
    for (const { archivedTo, path, sizeBytes, partition } of segments) {
      expect(partition).toBe('shared');
      expect(stores.process.stat(archivedTo!)).toMatchObject({ sizeBytes });
      expect(stores.process.stat(path)).toBeUndefined();
    }
    expect(segmentsIn(stores, shared)).toEqual(before.slice(segments.length));
    // Nothing more can be moved: the first segment that stayed has event 60.
    await expect(store.archive({ before: 60, to: '/archive' })).resolves.toEqual({ firstPosition: 1, segments: [] });
    await store.close();
  });

  it('leaves the segment of the last commit, whatever is asked for', async () => {
    const { stores, store } = await filled();
    await store.archive({ before: 1_000_000, to: '/archive' });
    expect(segmentsIn(stores, shared)).toHaveLength(1);
    commitCounted(store, 20);
    expect(countedIn(store.getAllEvents())).toEqual([...countFrom(1, 101), ...countFrom(1, 20)]);
    await store.close();
    const again = stores.open(small);
    expect(countedIn(again.getAllEvents())).toHaveLength(121);
    await again.close();
  });

  it('is read by writers and readers, from before, during and after', async () => {
    const { stores, store } = await filled();
    const early = stores.openReader({ maxOpenFiles: 4, readCacheBytes: 65_536 });
    const halfway = early.getAllEvents()[Symbol.iterator]();
    for (let n = 1; n <= 20; n++) expect(halfway.next().value).toMatchObject({ n });
    const stream = early.getEventStream('s-1');
    const archived = store.archive({ before: 70, to: '/archive' });
    // While segments are copied, commits go on.
    store.commit('last', { n: 102 });
    await archived;
    for (let n = 21; n <= 101; n++) expect(halfway.next().value).toMatchObject({ n });
    const expected = countFrom(1, 101).filter((n) => n % 3 === 1 && n < 101);
    expect(countedIn(stream)).toEqual(expected);
    expect(countedIn(early.getEventStream('s-1', -1, 1))).toEqual(expected.toReversed());
    expect(countedIn(store.getAllEvents())).toEqual(countFrom(1, 102));
    const late = stores.openReader();
    expect(countedIn(late.getAllEvents())).toEqual(countFrom(1, 102));
    await Promise.all([early.close(), late.close(), store.close()]);
  });

  it('takes a time, as that of the first event that stays', async () => {
    const clock = new ManualClock(Date.UTC(2026, 0, 1) * 1000);
    const stores = new StoresOnDisk();
    const store = stores.open({ partitioner: byTime('day'), clock });
    for (let day = 0; day < 5; day++) {
      commitCounted(store, 4, day * 4 + 1);
      clock.advance(86_400_000);
    }
    const { segments } = await store.archive({ before: new Date(Date.UTC(2026, 0, 3)), to: '/archive' });
    expect(segments.map(({ partition }) => partition)).toEqual(['2026-01-01', '2026-01-02']);
    expect(countedIn(store.getAllEvents())).toEqual(countFrom(1, 20));
    const { firstPosition } = await store.drop({ before: new Date(Date.UTC(2026, 0, 3, 12)) });
    expect(firstPosition).toBe(13);
    expect(countedIn(store.getAllEvents(13))).toEqual(countFrom(13, 20));
    await store.close();
  });

  it('lets a partition go on whose last segment was moved', async () => {
    const options: WriteOptions = { ...small, segmentBytes: 100_000, partitioner: 'perStream' };
    const { stores, store } = await filled(options, 30);
    const { segments } = await store.archive({ before: 31, to: '/archive' });
    expect(segments.map(({ partition }) => partition)).toEqual(['s-1', 's-2', 's-0']);
    commitCounted(store, 3, 31);
    await store.close();
    const again = stores.open(options);
    await again.archive({ before: 34, to: '/archive2' });
    await again.close();
    // Without the archives the partitions can still be written.
    stores.disk.startProcess().rename('/archive', '/away');
    stores.disk.startProcess().rename('/archive2', '/away2');
    const third = stores.open(options);
    commitCounted(third, 3, 34);
    expect(thrownBy(() => countedIn(third.getEventStream('s-1')))).toMatchObject({ code: 'ARCHIVE_MISSING' });
    expect(countedIn(third.getEventStream('s-1', -1))).toEqual([34]);
    await third.close();
    stores.disk.startProcess().rename('/away', '/archive');
    stores.disk.startProcess().rename('/away2', '/archive2');
    const reader = stores.openReader();
    const expected = [...countFrom(1, 30), 31, ...countFrom(31, 33), ...countFrom(34, 36)];
    expect(countedIn(reader.getAllEvents())).toEqual(expected);
    expect(countedIn(reader.getEventStream('s-1'))).toEqual(expected.filter((n, i) => n % 3 === 1 && i !== 30));
    await reader.close();
  });

  it('is found where `archiveDirectory` says, and missed clearly where it is not', async () => {
    const { stores, store } = await filled();
    const { segments } = await store.archive({ before: 60, to: '/archive' });
    await store.close();
    stores.disk.startProcess().rename('/archive', '/elsewhere');
    const without = stores.openReader();
    expect(thrownBy(() => countedIn(without.getAllEvents()))).toMatchObject({
      code: 'ARCHIVE_MISSING',
      path: segments[0]!.archivedTo,
    });
    expect(countedIn(without.getAllEvents(60))).toEqual(countFrom(60, 101));
    for (const open of [
      () => stores.openReader({ archiveDirectory: '/elsewhere/' }),
      () => stores.open({ ...small, archiveDirectory: '/elsewhere' }),
    ]) {
      const found = open();
      expect(countedIn(found.getAllEvents())).toEqual(countFrom(1, 101));
      await found.close();
    }
    await without.close();
  });

  it('is checked like all other files', async () => {
    const { stores, store } = await filled();
    const { segments } = await store.archive({ before: 60, to: '/archive' });
    await store.close();
    const file = stores.disk.startProcess().open(segments[1]!.archivedTo!, 'write');
    file.write(Uint8Array.of(255, 254, 253), 0, 3, 100);
    const reader = stores.openReader();
    expect(thrownBy(() => countedIn(reader.getAllEvents()))).toMatchObject({
      code: 'CORRUPTION',
      path: segments[1]!.archivedTo,
    });
    await reader.close();
  });

  it('moves nothing that is damaged', async () => {
    const { stores, store } = await filled();
    const [first, second] = segmentsIn(stores, shared);
    const file = stores.disk.startProcess().open(`${shared}/${second!}`, 'write');
    file.write(Uint8Array.of(255, 254, 253), 0, 3, 100);
    await store.close();
    const again = stores.open(small);
    await expect(again.archive({ before: 60, to: '/archive' })).rejects.toMatchObject({
      code: 'CORRUPTION',
      path: `${shared}/${second!}`,
    });
    expect(segmentsIn(stores, shared)[0]).toBe(first);
    await again.close();
  });

  it('says that a segment is missing which nobody archived', async () => {
    const { stores, store } = await filled();
    await store.archive({ before: 30, to: '/archive' });
    await store.close();
    stores.disk.startProcess().remove(`${shared}/${segmentsIn(stores, shared)[0]!}`);
    // A reader treats the files as a copy that is being made, and stops before the gap; the writer knows better.
    const reader = stores.openReader();
    expect(reader.position).toBeLessThan(50);
    expect(countedIn(reader.getAllEvents())).toEqual(countFrom(1, reader.position));
    await reader.close();
    const writer = stores.open(small);
    expect(thrownBy(() => countedIn(writer.getAllEvents()))).toMatchObject({ code: 'CORRUPTION' });
    await writer.close();
  });

  it('refuses what it cannot work with', async () => {
    const { store } = await filled();
    const refused: unknown[] = [
      { before: 0, to: '/archive' },
      { before: 1.5, to: '/archive' },
      { before: 'yesterday', to: '/archive' },
      { before: new Date('never'), to: '/archive' },
      { to: '/archive' },
      { before: 5 },
      { before: 5, to: '' },
      { before: 5, to: 'a\0' },
      { before: 5, to: '/a', also: 1 },
      null,
    ];
    for (const options of refused) {
      await expect(store.archive(options as { before: number; to: string })).rejects.toMatchObject({
        code: 'INVALID_OPTION',
      });
    }
    await expect(store.drop({ before: 5, to: '/archive' } as { before: number })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
    });
    await store.close();
    await expect(store.archive({ before: 5, to: '/archive' })).rejects.toMatchObject({ code: 'STORE_CLOSED' });
  });

  it('is for the process that writes', async () => {
    const { stores, store } = await filled();
    await store.close();
    const storageConfig = { fileSystem: stores.disk.startProcess() };
    const reader = new EventStore('store', { storageDirectory: '/data', readOnly: true, storageConfig });
    await expect(reader.archive({ before: 5, to: '/archive' })).rejects.toMatchObject({ code: 'READ_ONLY' });
    await expect(reader.drop({ before: 5 })).rejects.toMatchObject({ code: 'READ_ONLY' });
    await reader.close();
  });

  it('leaves all as it was when the archive is full', async () => {
    const { stores, store } = await filled();
    const before = segmentsIn(stores, shared);
    stores.disk.faults = ({ path, kind }) =>
      kind === 'write' && path.startsWith('/archive') ? { code: 'ENOSPC' } : undefined;
    await expect(store.archive({ before: 60, to: '/archive' })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    stores.disk.faults = undefined;
    expect(segmentsIn(stores, shared)).toEqual(before);
    // No partial copy takes up room that is needed there.
    expect(stores.disk.medium.files().filter(([path]) => path.startsWith('/archive'))).toEqual([]);
    commitCounted(store, 3);
    const { segments } = await store.archive({ before: 60, to: '/archive' });
    expect(segments.length).toBeGreaterThan(3);
    await store.close();
  });

  it('leaves a segment whose header is damaged, and what is behind it', async () => {
    const { stores, store } = await filled();
    const paths = segmentsIn(stores, shared).map((name) => `${shared}/${name}`);
    const file = stores.disk.startProcess().open(paths[1]!, 'write');
    const byte = new Uint8Array(1);
    file.read(byte, 0, 1, 20);
    file.write(Uint8Array.of(byte[0]! ^ 1), 0, 1, 20);
    await expect(store.archive({ before: 60, to: '/archive' })).rejects.toMatchObject({
      code: 'CORRUPTION',
      path: paths[1],
    });
    expect(segmentsIn(stores, shared).map((name) => `${shared}/${name}`)).toEqual(paths);
    await store.close();
  });

  it('leaves no event out that comes to a segment in whatever turn of it', async () => {
    const archivedAfter: number[] = [];
    for (let turns = 0; turns < 8; turns++) {
      const stores = new StoresOnDisk();
      const store = stores.open({ ...small, partitioner: 'perStream' });
      await store.commit('old', { n: 1 }).durable;
      await store.commit('new', { n: 2 }).durable;
      const archiving = store.archive({ before: 2, to: '/archive' });
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
      store.commit('old', { n: 3 });
      archivedAfter.push((await archiving).segments.length);
      await store.close();
      const again = stores.open(small);
      expect(again.getEventStream('old').events, `${turns} turns`).toEqual([{ n: 1 }, { n: 3 }]);
      await again.close();
    }
    // When it comes early, the event goes into the segment, which then stays; later, it begins another one.
    expect([archivedAfter[0], archivedAfter.at(-1)]).toEqual([0, 1]);
  });
});
