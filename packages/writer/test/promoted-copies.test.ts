/**
 * Copies of a store whose writer goes on while they are made: each file is from a different moment. Opened for writing, as a
 * backup or a promoted replica is, such a copy has what the source had at some moment, and nothing that it never had.
 */
import type { SimulatedDisk } from '@varve/core/testing';
import { describe, expect, it } from 'vitest';
import type { WriteOptions } from '../src/index.ts';
import { damageStoreFile, flipBit, openReader, openStore } from './simulation/power-cut.ts';
import { emptyDisk } from './simulation/recorded-run.ts';

type Files = ReadonlyMap<string, Buffer>;

function filesOf(disk: SimulatedDisk): Files {
  return new Map(disk.medium.files().map(([path, { bytes }]) => [path, Buffer.from(bytes)]));
}

/** The files of the copy that were copied `early`, and all others as they were later. */
function copyOf(sooner: Files, later: Files, early: RegExp, left = /\/writer\.(lock|json)$/): SimulatedDisk {
  const disk = emptyDisk();
  const process = disk.startProcess();
  for (const path of new Set([...sooner.keys(), ...later.keys()])) {
    const bytes = (early.test(path) ? sooner : later).get(path);
    if (bytes === undefined || left.test(path)) continue;
    process.makeDirectory(path.slice(0, path.lastIndexOf('/')));
    const file = process.open(path, 'create');
    if (bytes.length > 0) file.write(bytes, 0, bytes.length, 0);
    file.sync();
    file.close();
  }
  return disk;
}

const layouts: readonly (readonly [string, WriteOptions])[] = [
  ['one log', {}],
  ['compressed', { compression: 'deflate' }],
  ['a partition for each stream', { partitioner: 'perStream' }],
  ['json, which needs no structures', { serializer: 'json' }],
];

describe.each(layouts)('a copy whose catalog is older than its segments: %s', (_, options) => {
  const isJson = options.serializer === 'json';
  const [first, second] = [{ one: 1 }, { one: 2 }];
  const [third, fourth] = [{ two: 'x'.repeat(200), three: 2 }, { one: 4 }];

  /** The keys of the third event come between the two moments. */
  async function moments(): Promise<readonly [sooner: Files, later: Files]> {
    const source = emptyDisk();
    const store = openStore(source, options);
    store.commit('a', first);
    await store.commit('a', second).durable;
    const sooner = filesOf(source);
    for (const event of [third, fourth]) await store.commit('a', event).durable;
    return [sooner, filesOf(source)];
  }

  it.each([
    ['with the head of that time', undefined],
    ['without a head', /\/(writer\.(lock|json)|head)$/],
  ])('has no event that needs what the catalog lacks, %s', async (_head, left) => {
    const [sooner, later] = await moments();
    const copy = copyOf(sooner, later, /\/(store\.json|head|catalog)$/, left);
    const kept = isJson ? [first, second, third, fourth] : [first, second];
    const store = openStore(copy, options);
    expect([...store.getEventStream('a')]).toEqual(kept);
    // Its keys get the number that those of the third event had.
    const next = { four: 5, five: 6 };
    store.commit('a', next);
    await store.close();
    const again = openStore(copy, options);
    expect([...again.getEventStream('a')]).toEqual([...kept, next]);
    await again.close();
    const reader = openReader(copy);
    expect([...reader.getEventStream('a')]).toEqual([...kept, next]);
    await reader.close();
  });

  it('of the last epoch, when the source was opened anew in between', async () => {
    const source = emptyDisk();
    const store = openStore(source, options);
    for (const event of [first, second, third]) store.commit('a', event);
    await store.close();
    const again = openStore(source, options);
    again.flush();
    const sooner = filesOf(source);
    await again.commit('a', { four: 1, five: 2 }).durable;
    const copy = copyOf(sooner, filesOf(source), /\/(store\.json|head|catalog)$/, /\/(writer\.(lock|json)|head)$/);
    const promoted = openStore(copy, options);
    expect([...promoted.getEventStream('a')]).toEqual([
      first,
      second,
      third,
      ...(isJson ? [{ four: 1, five: 2 }] : []),
    ]);
    await promoted.close();
  });
});

// A head that says "cleanly closed" does not vouch for what was not copied: the next event was written over what is missing.
describe('a copy of a closed store that lacks the end of a partition', () => {
  const options = { partitioner: 'perStream', segmentBytes: 200, eventsPerIndexRun: 4 } as const;
  const isEndOfOther = (path: string): boolean => /other\/0*[1-9]\d*\.seg$/.test(path);

  async function closedStore(): Promise<Files> {
    const disk = emptyDisk();
    const store = openStore(disk, options);
    for (let n = 1; n <= 12; n++) store.commit(n % 3 === 0 ? 'other' : 'main', { n });
    store.commit('main', { n: 13 });
    await store.close();
    return filesOf(disk);
  }

  it.each([
    [
      'a segment',
      (files: Files) => new Map([...files].filter(([path]) => path !== [...files.keys()].findLast(isEndOfOther))),
    ],
    ['all but the first', (files: Files) => new Map([...files].filter(([path]) => !isEndOfOther(path)))],
    [
      'the last event of a segment',
      (files: Files) => {
        const [path, bytes] = [...files].findLast(([each]) => isEndOfOther(each))!;
        return new Map([...files, [path, bytes.subarray(0, 64)]]);
      },
    ],
  ])('takes nothing into it: %s', async (_, without) => {
    const whole = await closedStore();
    const lacking = without(whole);
    const copy = copyOf(lacking, lacking, /none/);
    const store = openStore(copy, options);
    expect(() => store.commit('other', { n: 14 })).toThrow(
      expect.objectContaining({ code: 'CORRUPTION', position: 12 }),
    );
    store.commit('main', { n: 14 });
    await store.close();
    // When the rest is copied, everything is there.
    const rest = new Map([...filesOf(copy), ...[...whole].filter(([path]) => isEndOfOther(path))]);
    const again = openStore(copyOf(rest, rest, /none/), options);
    again.commit('other', { n: 15 });
    expect([...again.getAllEvents()]).toEqual(Array.from({ length: 15 }, (__, index) => ({ n: index + 1 })));
    await again.close();
  });

  it('takes an entry of the position index that is wrong for no event', async () => {
    const files = await closedStore();
    const copy = copyOf(files, files, /none/);
    // The entry of event 12 leads far past all others.
    damageStoreFile(copy, '.idx', (bytes) => flipBit(bytes, 11 * 8 + 2));
    const store = openStore(copy, options);
    store.commit('other', { n: 14 });
    expect([...store.getAllEvents()]).toHaveLength(14);
    await store.close();
  });
});
