/** Unfavourable surroundings: few file descriptors, a clock that is set back, names of all kinds. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ManualClock } from '@varve/core/testing';
import { EventStore } from '@varve/writer';
import { describe, expect, it } from 'vitest';
import { StoresOnDisk } from './stores-on-disk.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** Runs one of the programs in a process with limits, as `ulimit` takes them; returns its output, or its errors. */
function withLimits(limits: string, program: string, ...values: string[]): unknown {
  const path = fileURLToPath(new URL(`./processes/${program}.ts`, import.meta.url));
  const script = `ulimit ${limits} && exec "$0" "$@"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', script, process.execPath, path, ...values], { encoding: 'utf8' });
  return stderr === '' ? (JSON.parse(stdout) as unknown) : stderr;
}

/** `VARVE_LONG=1` makes it 10,000, whose folders take a while. */
const streams = process.env['VARVE_LONG'] === undefined ? 1500 : 10_000;

describe('a process that may have 64 files open', () => {
  // The writer failed with EMFILE and was closed to further commits; readers failed with the error of the operating system.
  it(`writes, reads and consumes a store with ${streams} partitions`, { timeout: 240_000 }, () => {
    const directory = temporaryDirectory();
    const sum = (streams * (streams + 1)) / 2;
    const run = (...values: string[]): unknown => withLimits('-n 64', 'few-descriptors', directory, ...values);
    expect(run('write', String(streams))).toEqual({ position: streams + 1, read: [2, 1, 1] });
    expect(run('read')).toEqual({ position: streams + 1, sum });
    expect(run('consume')).toEqual({ position: streams + 1, sum });
  });
});

describe('a process whose files may have 100 KiB', () => {
  it('says that there is no room, and has everything that it called durable', async () => {
    const directory = temporaryDirectory();
    const told = withLimits('-f 100', 'file-size-limit', directory) as { code: string; durable: number };
    expect(told).toMatchObject({ code: 'DISK_FULL' });
    expect(told.durable).toBeGreaterThan(50);
    await using store = new EventStore('store', { storageDirectory: directory });
    const found = store.getEventStream<{ n: number }>('s').events.map(({ n }) => n);
    expect(found).toEqual(Array.from({ length: told.durable }, (_, index) => index + 1));
    await store.commit('s', { n: 0 }).durable;
  });
});

describe('large events', () => {
  it('are kept when they have 5 MB, and refused up front when they are over the limit', async () => {
    const stores = new StoresOnDisk();
    const store = stores.open();
    const text = 'y'.repeat(5_000_000);
    await store.commit('s', [{ text }, { text, n: 2 }]).durable;
    expect(store.getEventStream('s').events).toEqual([{ text }, { text, n: 2 }]);
    const writes = stores.disk.operations.length;
    const huge = 'z'.repeat(500_000_000);
    expect(() => store.commit('s', { text: huge })).toThrow(
      expect.objectContaining({ code: 'EVENT_TOO_LARGE', stream: 's', expected: 67_108_864 }),
    );
    expect([store.position, stores.disk.operations.length]).toEqual([2, writes]);
    store.commit('s', { n: 3 });
    await store.close();
    const reader = stores.openReader();
    const keys = [...reader.getEventStream('s')].map((event) => Object.keys(event as object).join());
    expect(keys).toEqual(['text', 'text,n', 'n']);
    await reader.close();
  });
});

describe('a clock that is set back by a day', () => {
  it('breaks no order: commits go on behind the last one, also after a restart', async () => {
    const clock = new ManualClock();
    const dayUs = 86_400_000_000;
    const stores = new StoresOnDisk();
    let store = stores.open({ clock });
    store.commit('s', { n: 1 });
    clock.setTime(clock.nowUs() - dayUs);
    store.commit('s', { n: 2 });
    await store.close();
    clock.setTime(clock.nowUs() - dayUs);
    store = stores.open({ clock });
    store.commit('s', [{ n: 3 }, { n: 4 }]);
    clock.setTime(clock.nowUs() + 3 * dayUs);
    await store.commit('s', { n: 5 }).durable;
    const stored = [...store.getAllEvents().stored()];
    expect(stored.map(({ payload }) => (payload as { n: number }).n)).toEqual([1, 2, 3, 4, 5]);
    const times = stored.map(({ metadata }) => metadata.committedAtUs);
    expect(times[1]).toBeGreaterThan(times[0]!);
    expect(times[2]).toBeGreaterThan(times[1]!);
    expect(times[3]).toBe(times[2]);
    expect(times[4]).toBe(clock.nowUs());
    await store.close();
  });
});

describe('names of all kinds', () => {
  const planes = Array.from(
    { length: 17 },
    (_, plane) => `plane ${plane} ${String.fromCodePoint(plane * 65_536 + 0xff0)}`,
  );
  const hostile = [
    '../../out',
    '..',
    '/etc/x',
    'a\0b',
    'con',
    'NUL',
    'COM1',
    'aux.txt',
    'Foo',
    'foo',
    'FOO',
    'dot.',
    'space ',
  ];
  const special = [
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '\u202e',
    'e\u0301',
    '\u00e9',
    'x'.repeat(1000),
  ];
  const names = [...planes, ...hostile, ...special];

  it('are streams, types, tags, categories and consumers of their own, inside of the folder of the store', async () => {
    const stores = new StoresOnDisk();
    const storageConfig = {
      indexTypes: true,
      tagsAccessor: 'tags',
      partitioner: 'perStream',
      eventsPerIndexRun: 8,
    } as const;
    let store = stores.open(storageConfig);
    for (const [n, name] of names.entries()) {
      store.commit(name, { type: name, tags: [name], n });
      store.commit(`${name}-1`, { type: 'other', tags: [], n });
      store.createEventStream(`of ${name}`.slice(0, 1000), { n });
    }
    for (let round = 0; round < 2; round++) {
      for (const [n, name] of names.entries()) {
        const own = [{ type: name, tags: [name], n }];
        expect(store.getEventStream(name).events).toEqual(own);
        expect(store.query({ items: [{ types: [name] }] }).events).toEqual(own);
        expect(store.query({ items: [{ tags: [name] }] }).events).toEqual(own);
        // `..` is the category of `../../out`, too.
        const category = store.getEventStreamForCategory<{ n: number }>(name).events.filter((event) => event.n === n);
        expect(category).toEqual([...own, { type: 'other', tags: [], n }]);
        expect(store.getEventStream(`of ${name}`.slice(0, 1000)).length).toBe(2);
      }
      await store.close();
      store = stores.open(storageConfig);
    }
    for (const name of names) {
      const consumer = store.getConsumer<{ seen: number }>(name, name, { seen: 0 });
      const stop = new AbortController();
      const run = consumer.run(() => consumer.setState(({ seen }) => ({ seen: seen + 1 })), stop);
      await consumer.waitFor(store.getEventStream(name).positionAt(0)!);
      stop.abort();
      await run;
    }
    const consumers = await store.scanConsumers();
    expect(consumers.map(({ id }) => id).toSorted()).toEqual(names.toSorted());
    await store.close();
    const outside = stores.disk.medium.files().filter(([path]) => !path.startsWith('/data/store/'));
    expect(outside).toEqual([]);
    expect(({} as Record<string, unknown>)['n']).toBeUndefined();
  });

  it.each(['\ud800', 'a\udfff', ''])('are refused when they are no text: %j', async (name) => {
    const stores = new StoresOnDisk();
    const store = stores.open();
    const refusals = [
      () => store.commit(name, { n: 1 }),
      () => store.createEventStream(name, { n: 1 }),
      () => store.getConsumer('s', name),
    ];
    for (const refuse of refusals) {
      expect(refuse).toThrow(expect.objectContaining({ hint: expect.any(String) as string }));
    }
    expect(store.position).toBe(0);
    await store.close();
  });
});
