/**
 * Damage that a sample of bits does not reach: files that are whole and wrong, that are missing, that have another's name, and
 * damage of several at once. Whatever it is, `verifyStore` names the file.
 */
import { type Finding, type FindingCode, verifyStore, type VerifyResult } from '@varve/core';
import { checksum, checksumSeed, encodeCommitIdRun, encodeRun, Postings, type RunContents } from '@varve/core/internal';
import { SimulatedDisk } from '@varve/core/testing';
import { repairStore } from '@varve/writer';
import { describe, expect, it } from 'vitest';
import { fullStore } from './simulation/full-store.ts';
import { damageStoreFile, flipBit, openStore, readStoreFile, storeFiles } from './simulation/power-cut.ts';
import { emptyDisk, storePath } from './simulation/recorded-run.ts';

async function verify(disk: SimulatedDisk): Promise<VerifyResult> {
  return verifyStore(storePath, { fileSystem: disk.startProcess() });
}

async function codesOf(disk: SimulatedDisk): Promise<string[]> {
  const { findings } = await verify(disk);
  return [...new Set(findings.map(({ code }) => code))].sort();
}

function seedOf(disk: SimulatedDisk): number {
  return checksumSeed((JSON.parse(readStoreFile(disk, 'store.json').toString()) as { id: string }).id);
}

function pathOf(disk: SimulatedDisk, pattern: RegExp): string {
  const path = storeFiles(disk).find((each) => pattern.test(each));
  if (path === undefined) throw new Error(`No file is like ${String(pattern)}`);
  return path;
}

function remove(disk: SimulatedDisk, pattern: RegExp): string {
  const path = pathOf(disk, pattern);
  disk.startProcess().remove(path);
  return path;
}

function about(path: string, code: FindingCode): Partial<Finding> {
  return expect.objectContaining({ path, code }) as Partial<Finding>;
}

describe('the names of a store', () => {
  it('are compared with the catalog, in an index that is whole, too', async () => {
    const disk = emptyDisk();
    const store = openStore(disk);
    for (let n = 0; n < 1100; n++) store.commit(`stream-${n}`, { n });
    await store.close();
    const path = pathOf(disk, /names-\d+\.idx$/);
    expect(await verify(disk)).toMatchObject({ isWhole: true, events: 1100 });
    for (const at of [3, 40, 100, 5000]) {
      const copy = new SimulatedDisk(disk.medium.copy());
      damageStoreFile(copy, path, (bytes) => flipBit(bytes, at));
      expect((await verify(copy)).findings).toEqual([about(path, 'NAME_INDEX')]);
    }
    // The index of a store with the same id, whose streams came in another order.
    const other = emptyDisk();
    const twin = openStore(other);
    for (let n = 1099; n >= 0; n--) twin.commit(`stream-${n}`, { n });
    await twin.close();
    expect(seedOf(other)).toBe(seedOf(disk));
    damageStoreFile(disk, path, () => readStoreFile(other, pathOf(other, /names-\d+\.idx$/)));
    expect((await verify(disk)).findings).toEqual([about(path, 'NAME_INDEX')]);
    // With nothing to compare it with, it is not judged.
    damageStoreFile(disk, '/catalog', (bytes) => flipBit(bytes, 5000));
    expect(await codesOf(disk)).toEqual(['CATALOG']);
  });

  it('are those of earlier writers and those of the last one, in one index', async () => {
    const disk = emptyDisk();
    for (const first of [0, 1100]) {
      const store = openStore(disk);
      for (let n = first; n < first + 1100; n++) store.commit(`stream-${n}`, { n });
      await store.close();
    }
    const [path, ...others] = storeFiles(disk).filter((each) => /names-\d+\.idx$/.test(each));
    expect(others).toEqual([]);
    expect(await verify(disk)).toMatchObject({ isWhole: true, events: 2200 });
    const store = openStore(disk);
    expect(store.getEventStream('stream-7').events).toEqual([{ n: 7 }]);
    expect([...store.streamNames()].length).toBe(2200);
    await store.close();
    damageStoreFile(disk, path!, (bytes) => flipBit(bytes, 3000));
    expect((await verify(disk)).findings).toEqual([about(path!, 'NAME_INDEX')]);
  });
});

describe('files that lie under the name of another', () => {
  it('are segments of another place or partition', async () => {
    const disk = await fullStore({ partitioner: 'hashed(3)', segmentBytes: 1024 });
    const segments = storeFiles(disk).filter((path) => path.endsWith('.seg'));
    const [first, second] = segments.filter((path) => path.includes('/000001-')) as [string, string];
    const foreign = segments.find((path) => path.includes('/000002-'))!;
    for (const donor of [second, foreign]) {
      const copy = new SimulatedDisk(disk.medium.copy());
      damageStoreFile(copy, first, () => readStoreFile(disk, donor));
      expect((await verify(copy)).findings).toContainEqual(about(first, 'SEGMENT'));
    }
  });

  it('are index runs of other positions, or of another history', async () => {
    const disk = await fullStore({});
    const [first, second] = storeFiles(disk).filter((path) => /\/indexes\/\d{12}-\d{12}\.run$/.test(path));
    damageStoreFile(disk, first!, () => readStoreFile(disk, second!));
    expect((await verify(disk)).findings).toContainEqual(about(first!, 'INDEX_RUN'));
  });

  it('are runs whose postings are none', async () => {
    const disk = await fullStore({});
    const path = pathOf(disk, /\/indexes\/000000000016-\d{12}\.run$/);
    const last = Number(/-(\d{12})\.run$/.exec(path)![1]);
    const forge = (change: Partial<RunContents>): SimulatedDisk => {
      const copy = new SimulatedDisk(disk.medium.copy());
      const postings = new Postings(16);
      for (let position = 17; position <= last; position++) {
        postings.add(1 + (position % 2), position);
        postings.coverTo(position);
      }
      const bytes = encodeRun({ ...postings.toRun(1), ...change }, seedOf(disk));
      damageStoreFile(copy, path, () => Buffer.from(bytes));
      return copy;
    };
    const { ids, postings } = new Postings(16).toRun(1);
    const changes: readonly Partial<RunContents>[] = [
      { base: 15 },
      { epoch: 77 },
      { ids: Uint32Array.of(2, 1) },
      { postings: new Uint32Array(last - 16).fill(1) },
      { ids, postings, starts: Uint32Array.of(0) },
    ];
    for (const forged of changes.map(forge)) {
      expect((await verify(forged)).findings).toContainEqual(about(path, 'INDEX_RUN'));
    }
  });
});

describe('commit ids that are whole, and', () => {
  const cases: readonly [string, (base: number) => { high: number; low: number; position: number }[]][] = [
    ['of positions elsewhere', (base) => [{ high: 1, low: 1, position: base + 9_000 }]],
    ['of positions before theirs', (base) => [{ high: 1, low: 1, position: base }]],
  ];

  it.each(cases)('%s', async (_, entries) => {
    const disk = await fullStore({});
    const path = pathOf(disk, /\d{12}-\d{12}\.ids$/);
    const [base, last] = /(\d{12})-(\d{12})\.ids$/.exec(path)!.slice(1).map(Number) as [number, number];
    const scope = { seed: seedOf(disk), base, last };
    damageStoreFile(disk, path, () => Buffer.from(encodeCommitIdRun(entries(base), scope)));
    expect((await verify(disk)).findings).toEqual([about(path, 'COMMIT_IDS')]);
  });
});

it('commit ids that are whole, and out of order, are found', async () => {
  const disk = await fullStore({});
  const path = pathOf(disk, /\d{12}-\d{12}\.ids$/);
  damageStoreFile(disk, path, (bytes) => {
    // The first two entries change places; they begin after 16 bytes, and each takes 16.
    bytes.set([...bytes.subarray(32, 48), ...bytes.subarray(16, 32)], 16);
    // A file of the first version, whose checksum is that of its bytes alone.
    bytes.writeUInt8(0, 10);
    bytes.writeUInt32LE(checksum(bytes, 4, bytes.length, seedOf(disk)), 0);
    return bytes;
  });
  const { findings } = await verify(disk);
  expect(findings).toEqual([expect.objectContaining({ code: 'COMMIT_IDS', path })]);
  expect(findings[0]!.message).toContain('not in order');
});

describe('what is gone', () => {
  it('is the description, and nothing can be checked without it', async () => {
    const disk = await fullStore({});
    const path = remove(disk, /store\.json$/);
    expect((await verify(disk)).findings).toEqual([about(path, 'STORE_FILE')]);
    const other = await fullStore({});
    damageStoreFile(other, 'store.json', () => Buffer.from('{}'));
    expect((await verify(other)).findings).toEqual([about(path, 'STORE_FILE')]);
  });

  it('is the head, of one partition or several', async () => {
    for (const partitioner of ['shared', 'hashed(3)'] as const) {
      const disk = await fullStore({ partitioner });
      const path = remove(disk, /\/head$/);
      expect(await verify(disk)).toMatchObject({ findings: [about(path, 'HEAD')], events: 96, lastPosition: 96 });
      damageStoreFile(disk, '.seg', (bytes) => flipBit(bytes, Math.floor(bytes.length / 2)));
      expect(await codesOf(disk)).toEqual(expect.arrayContaining(['FRAME', 'HEAD']));
    }
  });

  it('is the head, both slots of which are damaged', async () => {
    const disk = await fullStore({});
    damageStoreFile(disk, '/head', (bytes) => flipBit(flipBit(bytes, 20), 4096 + 20));
    expect(await codesOf(disk)).toEqual(['HEAD']);
  });

  it('is the position index, and a frame: the way past it is searched in the bytes', async () => {
    for (const compression of ['none', 'zstd'] as const) {
      const disk = await fullStore({ compression });
      const path = pathOf(disk, /\.seg$/);
      remove(disk, /positions-\d+\.idx$/);
      damageStoreFile(disk, path, (bytes) => flipBit(bytes, Math.floor(bytes.length / 2)));
      const { findings, events, missing } = await verify(disk);
      expect(findings).toContainEqual(about(path, 'FRAME'));
      expect(findings.map(({ code }) => code)).toContain('POSITION_INDEX');
      // No more than one commit.
      expect(events).toBeGreaterThan(90);
      expect(missing.length).toBe(1);
    }
  });

  it('is a backfill, a run in the middle, and the folder of commit ids', async () => {
    const disk = await fullStore({});
    const backfill = remove(disk, /\d{12}-\d{12}-\d+\.run$/);
    expect((await verify(disk)).findings).toContainEqual(about(backfill, 'BACKFILL'));
    for (const path of storeFiles(disk).filter((each) => each.endsWith('.ids'))) disk.startProcess().remove(path);
    expect(await codesOf(disk)).toContain('COMMIT_IDS');
  });

  it('is a whole partition', async () => {
    const disk = await fullStore({ partitioner: 'perStream', segmentBytes: 1024 });
    const gone = storeFiles(disk).filter((path) => path.includes('/partitions/000002-'));
    for (const path of gone) disk.startProcess().remove(path);
    const { findings, hasAllEvents } = await verify(disk);
    expect(findings.map(({ code }) => code)).toContain('EVENTS_MISSING');
    expect(hasAllEvents).toBe(false);
  });
});

describe('a catalog that is damaged', () => {
  it('leaves partitions that are known by their folders, and events that are whole', async () => {
    const disk = await fullStore({ partitioner: 'perStream', segmentBytes: 1024 });
    for (const at of [70, 0.5, 0.9]) {
      const copy = new SimulatedDisk(disk.medium.copy());
      damageStoreFile(copy, '/catalog', (bytes) => flipBit(bytes, at > 1 ? at : Math.floor(bytes.length * at)));
      copy.startProcess().makeDirectory(`${storePath}/partitions/no-partition`);
      const { findings, events } = await verify(copy);
      expect(findings).toContainEqual(about(`${storePath}/catalog`, 'CATALOG'));
      expect(events).toBe(96);
    }
  });

  it('does not have its partitions mistaken for others, whose folders somebody made', async () => {
    const disk = emptyDisk();
    const store = openStore(disk, { partitioner: 'perStream' });
    store.commit('first', { n: 1 });
    store.flush();
    // Not a name that a writer gives; it is listed before the right one.
    disk.makeDirectory(`${storePath}/partitions/0000002-other`);
    store.commit('second', { n: 2 });
    await store.close();
    const { length } = readStoreFile(disk, '/catalog');
    for (let at = 64; at < length; at += 3) {
      const copy = new SimulatedDisk(disk.medium.copy());
      damageStoreFile(copy, '/catalog', (bytes) => flipBit(bytes, at));
      expect((await verify(copy)).events, `byte ${at}`).toBe(2);
    }
  });

  it('goes on with records of another one: the checksum of the one before shows where', async () => {
    const disk = emptyDisk();
    const store = openStore(disk);
    store.commit('common', { n: 1 });
    await store.close();
    const twin = new SimulatedDisk(disk.medium.copy());
    const start = readStoreFile(disk, '/catalog').length;
    const ends = [disk, twin].map((each, number) => {
      const writer = openStore(each);
      const lengths = ['one', 'two'].map((name) => {
        writer.commit(`${name}-${number}`, { n: 2 });
        writer.flush();
        return readStoreFile(each, '/catalog').length;
      });
      return { writer, lengths };
    });
    for (const { writer } of ends) await writer.close();
    expect(ends[0]!.lengths).toEqual(ends[1]!.lengths);
    const [offset] = ends[0]!.lengths;
    expect(offset).toBeGreaterThan(start);
    const theirs = readStoreFile(twin, '/catalog');
    damageStoreFile(disk, '/catalog', (bytes) => Buffer.concat([bytes.subarray(0, offset), theirs.subarray(offset)]));
    const path = `${storePath}/catalog`;
    expect((await verify(disk)).findings).toContainEqual(expect.objectContaining({ code: 'CATALOG', path, offset }));
    const { lastPosition } = await repairStore(storePath, { fileSystem: disk.startProcess() });
    expect(lastPosition).toBe(2);
    const mended = openStore(disk);
    expect([...mended.streamNames()]).toEqual(['common', 'one-0']);
    await mended.close();
  });
});
