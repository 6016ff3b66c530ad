/**
 * The limits of repairs: what they refuse, with nothing changed, because it would lose more than what comes after the damage;
 * and damage of several files at once, which they mend.
 */
import assert from 'node:assert/strict';
import { hasErrorCode, type VerifyResult, verifyStore } from '@varve/core';
import { messageOf } from '@varve/core/internal';
import { SimulatedDisk } from '@varve/core/testing';
import { type RepairOptions, type RepairResult, repairStore, type WriteOptions } from '@varve/writer';
import { describe, expect, it } from 'vitest';
import { fullStore, fullStoreOptions } from './simulation/full-store.ts';
import { damageStoreFile, flipBit, openStore, snapshot, storeFiles } from './simulation/power-cut.ts';
import { emptyDisk, storePath } from './simulation/recorded-run.ts';

const { hmacSecret } = fullStoreOptions as { hmacSecret: string };

const repair = async (disk: SimulatedDisk, more: RepairOptions = {}): Promise<RepairResult> =>
  repairStore(storePath, { fileSystem: disk.startProcess(), hmacSecret, ...more });
const verify = async (disk: SimulatedDisk): Promise<VerifyResult> =>
  verifyStore(storePath, { fileSystem: disk.startProcess() });

function segmentsOf(disk: SimulatedDisk): string[] {
  return disk.medium
    .files()
    .flatMap(([path]) => (path.endsWith('.seg') ? [path] : []))
    .sort();
}

function damagePath(disk: SimulatedDisk, path: string, at: number): void {
  const file = disk.startProcess().open(path, 'write');
  const byte = new Uint8Array(1);
  file.read(byte, 0, 1, at);
  file.write(flipBit(Buffer.from(byte), 0), 0, 1, at);
  file.sync();
  file.close();
}

/** The reason for which a repair refuses; checks that nothing was changed. */
async function refusalOf(disk: SimulatedDisk): Promise<string> {
  const before = snapshot(disk);
  const error: unknown = await repair(disk).catch((reason: unknown) => reason);
  assert(hasErrorCode(error, 'REPAIR_REFUSED'), String(error));
  assert.deepEqual(snapshot(disk), before);
  return messageOf(error);
}

/** Few runs, which begin with dropped events and reach far past them. */
const largeRuns = { ...fullStoreOptions, segmentBytes: 1024, eventsPerIndexRun: 96 };

async function dropped(): Promise<SimulatedDisk> {
  const disk = await fullStore({ segmentBytes: 1024, eventsPerIndexRun: 96 });
  const store = openStore(disk, largeRuns);
  await store.drop({ before: 40 });
  await store.close();
  return disk;
}

/** Damages the frame of the last event. */
function damageLast(disk: SimulatedDisk): void {
  const last = segmentsOf(disk).at(-1)!;
  damagePath(disk, last, disk.startProcess().stat(last)!.sizeBytes - 1);
}

describe('repairStore refuses', () => {
  /** Its first segments are archived, and of these the first dropped. */
  async function archived(): Promise<SimulatedDisk> {
    const disk = await fullStore({ segmentBytes: 1024 });
    const store = openStore(disk, { ...fullStoreOptions, segmentBytes: 1024 });
    await store.archive({ before: 80, to: '/archive' });
    await store.drop({ before: 30 });
    await store.close();
    return disk;
  }

  it('a store of which nobody knows which it is', async () => {
    const disk = await fullStore({});
    disk.startProcess().remove(`${storePath}/store.json`);
    expect(await refusalOf(disk)).toMatch(/no store\.json/);
  });

  it('to cut off what the catalog says of archived and dropped segments', async () => {
    const disk = await archived();
    damageStoreFile(disk, '/catalog', (bytes) => flipBit(bytes, 200));
    expect(await refusalOf(disk)).toMatch(/archived or dropped/);
  });

  it('to cut an archive', async () => {
    const disk = await archived();
    const inArchive = segmentsOf(disk).filter((path) => path.startsWith('/archive/'));
    expect(inArchive.length).toBeGreaterThan(1);
    damagePath(disk, inArchive[0]!, 500);
    expect(await refusalOf(disk)).toMatch(/in an archive, which a repair does not touch/);
  });

  it('to go on without an archive that is away', async () => {
    const disk = await archived();
    disk.startProcess().rename('/archive', '/unmounted');
    const before = snapshot(disk);
    await expect(repair(disk)).rejects.toMatchObject({ code: 'ARCHIVE_MISSING' });
    expect(snapshot(disk)).toEqual(before);
  });

  // The whole catalog was cut off, and nobody could open the store any more.
  it('to go on without the header of the catalog', async () => {
    const disk = await fullStore({});
    damageStoreFile(disk, '/catalog', (bytes) => flipBit(bytes, 40));
    expect(await refusalOf(disk)).toMatch(/nothing would be left of 96 events/);
  });

  // Dropped events counted as present again, and events that are there were cut off after the first that is not.
  it.each([
    ['within its record', 5],
    ['at its record', -15],
  ])('to take for lost what the end of the catalog may have said was dropped, %s', async (_, from) => {
    const disk = await dropped();
    damageStoreFile(disk, '/catalog', (bytes) => bytes.subarray(0, bytes.lastIndexOf('{"before"') + from));
    expect(await refusalOf(disk)).toMatch(/may say which segments were archived or dropped/);
  });

  // Without a head the catalog looks whole: everything after the first drop was cut off, although it is there.
  it('to take for lost what the last record of the catalog said was dropped, without a head', async () => {
    const disk = await dropped();
    const store = openStore(disk, largeRuns);
    await store.drop({ before: 70 });
    await store.close();
    damageStoreFile(disk, '/catalog', (bytes) => bytes.subarray(0, bytes.lastIndexOf('{"before"') - 15));
    disk.startProcess().remove(`${storePath}/head`);
    expect(await refusalOf(disk)).toMatch(/may say which segments were archived or dropped/);
  });

  // A check found that they could be rebuilt, and the repair failed in the middle.
  it('a store without the commit ids of dropped events', async () => {
    const disk = await dropped();
    for (const path of storeFiles(disk)) if (path.endsWith('.ids')) disk.startProcess().remove(path);
    expect(await verify(disk)).toMatchObject({ hasAllEvents: false, findings: [{ code: 'DROPPED_INDEX' }] });
    expect(await refusalOf(disk)).toMatch(/a repair does not mend this: The commit ids/);
  });

  it.each([
    ['an index run', /\d{12}-\d{12}\.run$/],
    ['a file of commit ids', /\.ids$/],
    ['the index of a derived stream', /\d{12}-\d{12}-\d+\.run$/],
  ])('to cut frames when %s cannot be made shorter', async (_, name) => {
    const disk = await dropped();
    damageLast(disk);
    const path = storeFiles(disk).find((each) => name.test(each) && each.includes('/000000000000-'));
    damageStoreFile(disk, path!, (bytes) => flipBit(bytes, bytes.length - 1));
    expect(await refusalOf(disk)).toMatch(/covers dropped events and cannot be made again/);
  });

  it('what it has nothing to make again from', async () => {
    const disk = await archived();
    const run = storeFiles(disk).find((path) => /\/000000000000-\d{12}\.run$/.test(path))!;
    damageStoreFile(disk, run, (bytes) => flipBit(bytes, bytes.length - 1));
    expect(await refusalOf(disk)).toMatch(/a repair does not mend this: The index run/);
  });
});

describe('repairStore mends', () => {
  // Those that reached past the cut did not count any more: the store could not be opened afterwards.
  it('frames behind dropped events, whose indexes it makes shorter', async () => {
    const disk = await dropped();
    const versionsIn = async (): Promise<number[]> => {
      const store = openStore(disk, largeRuns);
      const versions = ['user-0', 'user-1', 's-1', 'evens', 'late'].map((name) => store.getEventStream(name).version);
      expect(store.commit('user-1', {}, { commitId: 'id-95' })).toMatchObject({ isDuplicate: true, position: 95 });
      expect(() => store.commit('user-1', {}, { commitId: 'id-7' })).toThrow('was dropped');
      await store.close();
      return versions;
    };
    const [user0, user1, s1, evens, late] = (await versionsIn()) as [number, number, number, number, number];
    damageLast(disk);
    const { lastPosition, lost, remaining } = await repair(disk);
    expect([lastPosition, lost.positions, remaining]).toEqual([95, { from: 96, to: 96 }, []]);
    // The last event was one of these.
    expect(await versionsIn()).toEqual([user0 - 1, user1, s1, evens - 1, late - 1]);
    expect(await verify(disk)).toMatchObject({ isWhole: true });
  });

  it('what lies behind a segment that is missing at the beginning of a partition', async () => {
    const disk = emptyDisk();
    const store = openStore(disk, { partitioner: 'perStream', segmentBytes: 200 });
    for (let n = 1; n <= 12; n++) store.commit(`s-${n % 2}`, { n });
    await store.close();
    disk.startProcess().remove(segmentsOf(disk).find((path) => path.includes('s-0'))!);
    expect(await repair(disk)).toMatchObject({ lastPosition: 1, remaining: [] });
    expect(await verify(disk)).toMatchObject({ isWhole: true, events: 1 });
  });

  it('at the beginning of a commit to several streams', async () => {
    const disk = emptyDisk();
    const store = openStore(disk);
    store.commit('a', { n: 1 });
    store.commitAll([
      { stream: 'a', events: [{ n: 2 }] },
      { stream: 'b', events: [{ n: 3 }] },
    ]);
    await store.close();
    damageStoreFile(disk, '.seg', (bytes) => flipBit(bytes, bytes.length - 1));
    expect(await repair(disk)).toMatchObject({ lastPosition: 1, lost: { readableEvents: 1 }, remaining: [] });
    expect(await verify(disk)).toMatchObject({ isWhole: true, events: 1 });
  });

  it('frames, while head and position index are gone: of some partitions, nothing is left', async () => {
    const disk = await fullStore({ partitioner: 'perStream' });
    damagePath(disk, segmentsOf(disk)[1]!, 100);
    for (const name of ['head', 'positions-000000000001.idx']) disk.startProcess().remove(`${storePath}/${name}`);
    const { lastPosition, remaining } = await repair(disk);
    expect(lastPosition).toBe(1);
    expect(remaining.filter(({ harm }) => harm === 'events')).toEqual([]);
    const store = openStore(disk, fullStoreOptions);
    expect([store.position, store.getAllEvents().length]).toEqual([1, 1]);
    await store.close();
  });

  // A catalog that ends between two records was treated as whole: events that need the lost keys were reported as present.
  it.each([
    ['the last keys in the catalog', '/none', [{ code: 'CATALOG' }]],
    ['the head and of the last keys in the catalog', '/head', [{ code: 'HEAD' }, { code: 'REFERENCE', position: 2 }]],
  ])('the loss of %s: what needs them is lost, and said to be', async (_, name, findings) => {
    const disk = emptyDisk();
    const store = openStore(disk);
    for (const event of [{ one: 1 }, { two: 2, three: 2 }, { one: 3 }]) store.commit('a', event);
    await store.close();
    if (name === '/head') disk.startProcess().remove(`${storePath}${name}`);
    damageStoreFile(disk, '/catalog', (bytes) => bytes.subarray(0, bytes.lastIndexOf('["two"') - 15));
    expect(await verify(disk)).toMatchObject({ hasAllEvents: false, findings });
    const lost = { positions: { from: 2, to: 3 }, unreadable: [{ from: 2, to: 2 }], readableEvents: 1 };
    expect(await repair(disk)).toMatchObject({ lastPosition: 1, lost, remaining: [] });
    const again = openStore(disk);
    expect([...again.getAllEvents()]).toEqual([{ one: 1 }]);
    await again.close();
  });

  it('a store beside snapshots, and puts those aside that are damaged', async () => {
    const disk = await fullStore({});
    damageStoreFile(disk, '/head', (bytes) => flipBit(bytes, 20));
    const snapshotPath = `${storePath}/prevalence/shop/000000000048.snapshot`;
    disk.makeDirectory(`${storePath}/prevalence/shop`);
    disk.startProcess().open(snapshotPath, 'create').close();
    const { remaining, aside } = await repair(disk);
    expect(storeFiles(disk)).not.toContain(snapshotPath);
    expect(storeFiles(disk)).toContain(`${aside!}/000000000048.snapshot`);
    expect(remaining).toEqual([]);
  });

  it.each<[string, Pick<WriteOptions, 'indexDirectory'>, (disk: SimulatedDisk) => void]>([
    ['a segment', {}, (disk) => damagePath(disk, segmentsOf(disk)[0]!, 150)],
    [
      'the catalog, which may have told of dropped events',
      { indexDirectory: '/data/indexes' },
      (disk) => damageStoreFile(disk, '/catalog', (bytes) => flipBit(bytes, bytes.length - 3)),
    ],
  ])(
    '%s at the second attempt, whatever call was refused at the first',
    { timeout: 120_000 },
    async (_, more, damage) => {
      const damaged = emptyDisk();
      const store = openStore(damaged, { partitioner: 'perStream', eventsPerIndexRun: 4, ...more });
      for (let n = 1; n <= 8; n++) store.commit(`s-${n % 2}`, { n }, { commitId: `id-${n}` });
      for (let n = 9; n <= 12; n++) store.commit('late', { n });
      await store.close();
      damage(damaged);
      const mended = new SimulatedDisk(damaged.medium.copy());
      const { lastPosition } = await repair(mended);
      const step = process.env['VARVE_LONG'] === undefined ? 5 : 1;
      let refused = 0;
      for (let nth = 0; nth < mended.calls.length; nth += step) {
        const disk = new SimulatedDisk(damaged.medium.copy());
        disk.faults = ({ number }) => (number === nth ? { code: 'EIO' } : undefined);
        await repair(disk).catch(() => refused++);
        disk.faults = undefined;
        expect(await repair(disk), `after call ${nth}`).toMatchObject({ lastPosition, remaining: [] });
      }
      expect(refused).toBeGreaterThan(20);
    },
  );
});
