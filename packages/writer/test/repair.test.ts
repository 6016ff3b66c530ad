/**
 * Repairs of stores that were damaged at random: what is left is the longest beginning that was whole, as it was; what is lost
 * is reported and kept; the result is found whole, and goes on. A dry run changes nothing, nor does a repair of an undamaged
 * store; and a repair that is killed after any of its operations is completed by another one. `VARVE_DAMAGES` and `VARVE_SEED`
 * choose how many damages, and other ones.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportEvents, hasErrorCode, type StoredEvent, type VerifyResult, verifyStore } from '@varve/core';
import { verifyRules } from '@varve/core/internal';
import { crashStates, replay, SeededRandom, SimulatedDisk } from '@varve/core/testing';
import { type RepairOptions, type RepairResult, repairStore } from '@varve/writer';
import { afterAll, describe, expect, it } from 'vitest';
import { repairRules } from '../src/repair/repair-store.ts';
import { fullStore, fullStoreOptions, layouts } from './simulation/full-store.ts';
import { damageStoreFile, flipBit, openStore, readStoreFile, snapshot, storeFiles } from './simulation/power-cut.ts';
import { emptyDisk, storePath } from './simulation/recorded-run.ts';

const seed = Number(process.env['VARVE_SEED'] ?? 1);
const rounds = Number(process.env['VARVE_DAMAGES'] ?? 4);
const ownSerializer = { serializer: { serialize: JSON.stringify, deserialize: JSON.parse } };
const { hmacSecret } = fullStoreOptions as { hmacSecret: string };

const codecOf = (name: string): Pick<RepairOptions, 'serializer'> =>
  name.includes('of the user') ? ownSerializer : {};
const repair = async (disk: SimulatedDisk, name: string, more: RepairOptions = {}): Promise<RepairResult> =>
  repairStore(storePath, { fileSystem: disk.startProcess(), hmacSecret, ...codecOf(name), ...more });
const verify = async (disk: SimulatedDisk): Promise<VerifyResult> =>
  verifyStore(storePath, { fileSystem: disk.startProcess() });

async function eventsIn(disk: SimulatedDisk, name: string): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  for await (const event of exportEvents(storePath, { fileSystem: disk.startProcess(), ...codecOf(name) })) {
    events.push(event);
  }
  return events;
}

/** Frames and catalog are the truth; the rest is rebuilt. */
function damage(disk: SimulatedDisk, random: SeededRandom): string {
  const files = storeFiles(disk).filter((path) => !/store\.json$|\.tmp$|lock$|consumers/.test(path));
  const truth = files.filter((path) => /\.seg$|catalog$/.test(path));
  const path = random.pick(random.chance(0.6) ? truth : files);
  if (random.chance(0.15)) {
    disk.startProcess().remove(path);
    return `${path} removed`;
  }
  const bytes = readStoreFile(disk, path);
  const at = random.below(bytes.length);
  const isFlip = random.chance(0.6);
  damageStoreFile(disk, path, () => (isFlip ? flipBit(bytes, at) : bytes.subarray(0, at)));
  return `${path} ${isFlip ? 'bit of byte' : 'cut to'} ${at}`;
}

describe('repairStore', () => {
  const counts = new Map<string, number>();
  const count = (what: string): unknown => counts.set(what, (counts.get(what) ?? 0) + 1);
  afterAll(() => console.log(`Repairs (seed ${seed}):`, Object.fromEntries(counts)));

  it.each(Object.keys(layouts))('keeps the longest whole beginning: %s', { timeout: 900_000 }, async (name) => {
    const origin = await fullStore(layouts[name]!);
    const events = await eventsIn(origin, name);
    const random = new SeededRandom(seed);
    for (let round = 0; round < rounds; round++) {
      const disk = new SimulatedDisk(origin.medium.copy());
      const what = [damage(disk, random), ...(random.chance(0.3) ? [damage(disk, random)] : [])].join(', ');
      try {
        count(await checkRepair(disk, name, events));
      } catch (error) {
        throw new Error(`${what}: ${String(error)}`, { cause: error });
      }
    }
    expect(counts.size).toBeGreaterThan(0);
  });

  async function checkRepair(disk: SimulatedDisk, name: string, events: readonly StoredEvent[]): Promise<string> {
    const before = snapshot(disk);
    const found = await verify(disk);
    const readable = await eventsIn(disk, name);
    let planned: RepairResult;
    try {
      planned = await repair(disk, name, { dryRun: true });
    } catch (error) {
      // Nothing would be left: the repair says so, and does nothing.
      assert(hasErrorCode(error, 'REPAIR_REFUSED'), String(error));
      await assert.rejects(repair(disk, name), { code: 'REPAIR_REFUSED' });
      assert.deepEqual(snapshot(disk), before);
      return 'refused';
    }
    assert.deepEqual(snapshot(disk), before);
    const result = await repair(disk, name);
    if (found.isWhole) {
      assert.equal(result.isChanged, false);
      assert.deepEqual(snapshot(disk), before);
      return 'whole';
    }
    assert.deepEqual(
      { ...result.lost, lastPosition: result.lastPosition },
      { ...planned.lost, lastPosition: planned.lastPosition },
    );
    const { lastPosition, lost } = result;
    if (found.hasAllEvents) assert.equal(lastPosition, events.length);
    assert.deepEqual(
      result.remaining.filter(({ code }) => !code.startsWith('CONSUMER')),
      [],
    );
    // Everything before the first damage is there, as it was; nothing else is.
    assert.deepEqual(await eventsIn(disk, name), events.slice(0, lastPosition));
    const firstMissing = found.missing[0]?.from ?? Infinity;
    const isCatalogDamaged = found.findings.some(({ code }) => code === 'CATALOG');
    if (!isCatalogDamaged) assert(lastPosition === events.length || lastPosition + 3 >= firstMissing - 1);
    const kept = readStoreFile(disk, 'lost-events.ndjson').toString().split('\n').slice(0, -1);
    assert.deepEqual(
      kept.map((line) => JSON.parse(line) as unknown),
      JSON.parse(JSON.stringify(readable.filter(({ metadata }) => metadata.position > lastPosition))),
    );
    const lostCount = lost.unreadable.reduce((sum, { from, to }) => sum + to - from + 1, lost.readableEvents);
    if (!isCatalogDamaged && found.lastPosition === events.length) {
      assert.equal(lostCount, events.length - lastPosition);
    }
    await goOn(disk, name, lastPosition);
    return lastPosition < events.length ? 'cut' : 'made again';
  }

  /** The next writer opens it, without any permission, and commits. */
  async function goOn(disk: SimulatedDisk, name: string, lastPosition: number): Promise<void> {
    const store = openStore(disk, { hmacSecret, ...codecOf(name) });
    assert.equal(store.position, lastPosition);
    const { length } = store.getEventStream('user-1');
    store.commit('user-1', { type: 'Odd', n: 7, tags: ['n-1'] });
    assert.equal(store.getEventStream('user-1').length, length + 1);
    await store.close();
    const after = await verify(disk);
    assert.deepEqual(
      after.findings.filter(({ code }) => !code.startsWith('CONSUMER')),
      [],
    );
  }

  it('does not touch a store that nothing is wrong with', async () => {
    const disk = await fullStore({});
    const before = snapshot(disk);
    expect(await repair(disk, '')).toMatchObject({ isChanged: false, lastPosition: 96, aside: undefined });
    expect(snapshot(disk)).toEqual(before);
  });

  it('does nothing while a writer has the store, but for saying what it would do', async () => {
    const disk = await fullStore({});
    const process = disk.startProcess();
    const lock = process.lock(`${storePath}/writer.lock`)!;
    await expect(repair(disk, '')).rejects.toMatchObject({ code: 'STORE_LOCKED' });
    expect(await repair(disk, '', { dryRun: true })).toMatchObject({ isChanged: false });
    lock.release();
  });

  it('says which streams and commits it takes away', async () => {
    const disk = await fullStore({ serializer: 'json' });
    const events = await eventsIn(disk, '');
    damageStoreFile(disk, '.seg', (bytes) => flipBit(bytes, Math.floor(bytes.length * 0.8)));
    const { lost, lastPosition, aside } = await repair(disk, '');
    const cut = events.slice(lastPosition);
    const [{ from, to }] = lost.unreadable as [{ from: number; to: number }];
    expect(lost.positions).toEqual({ from: lastPosition + 1, to: 96 });
    expect(from).toBe(lastPosition + 1);
    const whole = cut.filter(({ metadata: { position } }) => position > to);
    expect(lost.readableEvents).toBe(whole.length);
    expect(lost.commits).toBe(new Set(whole.map(({ metadata }) => metadata.commitId)).size);
    expect(new Set(lost.commitIds)).toEqual(new Set(whole.map(({ metadata }) => metadata.commitId)));
    for (const { stream, events: number, firstVersion, lastVersion } of lost.streams) {
      const versions = whole.flatMap((event) => (event.stream === stream ? [event.metadata.streamVersion] : []));
      expect([number, firstVersion, lastVersion]).toEqual([versions.length, versions[0], versions.at(-1)]);
    }
    const report = JSON.parse(
      readStoreFile(disk, `${aside!.slice(storePath.length)}/report.json`).toString(),
    ) as unknown;
    expect(report).toMatchObject({ lastPosition, lost: JSON.parse(JSON.stringify(lost)) as object });
  });

  it('keeps no event whose keys the catalog has lost: they would get those of another event', async () => {
    const disk = emptyDisk();
    const store = openStore(disk);
    for (let n = 1; n <= 3; n++) store.commit('a', { first: n });
    for (let n = 4; n <= 6; n++) store.commit('a', { second: n, other: n });
    await store.close();
    damageStoreFile(disk, '/catalog', (bytes) => flipBit(bytes, bytes.length - 3));
    expect(await repair(disk, '')).toMatchObject({
      lastPosition: 3,
      lost: { unreadable: [{ from: 4, to: 6 }] },
      remaining: [],
    });
    const next = openStore(disk);
    next.commit('a', { third: 4, one: 1 });
    expect(next.getAllEvents().events).toEqual([{ first: 1 }, { first: 2 }, { first: 3 }, { third: 4, one: 1 }]);
    await next.close();
    expect(await verify(disk)).toMatchObject({ isWhole: true, events: 4 });
  });

  it('leaves alone what it cannot make again, and says so', async () => {
    const disk = await fullStore({ partitioner: () => 'mine' });
    damageStoreFile(disk, '.seg', (bytes) => flipBit(bytes, Math.floor(bytes.length * 0.2)));
    // Without the secret, the function of a derived stream is not evaluated.
    const { remaining } = await repairStore(storePath, { fileSystem: disk.startProcess() });
    expect(remaining.map(({ code }) => code)).toContain('BACKFILL');
    expect(remaining.every(({ harm }) => harm !== 'events')).toBe(true);
  });

  it('lists its options in docs/repair.md', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/repair.md'), 'utf8');
    const part = page.slice(page.indexOf('## Going on'));
    const table = part.slice(part.search(/\| option +\|/));
    const documented = [...table.matchAll(/^\| `(\w+)`/gm)].map(([, option]) => String(option));
    const own = (name: string): boolean => !['serializer', 'fileSystem', ...Object.keys(verifyRules)].includes(name);
    expect(documented).toEqual(Object.keys(repairRules).filter(own).toReversed());
  });

  it.each(['one log, json', 'three partitions, deflate, json', 'a partition for each stream'])(
    'is done by another one when it is killed, or power fails: %s',
    { timeout: 900_000 },
    async (name) => {
      const damaged = await fullStore(layouts[name]!);
      const events = await eventsIn(damaged, name);
      const segment = storeFiles(damaged).find((path) => path.endsWith('.seg'))!;
      damageStoreFile(damaged, segment, (bytes) => flipBit(bytes, Math.floor(bytes.length * 0.7)));
      if (name.includes('deflate')) damageStoreFile(damaged, '/catalog', (bytes) => flipBit(bytes, bytes.length - 60));
      const start = damaged.medium.crashed(damaged.medium.unsyncedNames, (file) => file.crashed(() => 'keep'));
      const disk = new SimulatedDisk(start.copy());
      const { lastPosition } = await repair(disk, name);
      expect(lastPosition).toBeLessThan(96);
      const random = new SeededRandom(seed);
      let states = 0;
      const step = process.env['VARVE_LONG'] === undefined ? 60 : 1;
      let operations = -1;
      for (const medium of replay(start, disk.operations)) {
        if (++operations % step !== 0) continue;
        for (const state of crashStates(medium, { random, randomStates: 1 })) {
          const crashed = new SimulatedDisk(state.medium);
          const again = await repair(crashed, name);
          assert.equal(again.lastPosition, lastPosition, `after ${operations} operations`);
          assert.deepEqual(await eventsIn(crashed, name), events.slice(0, lastPosition));
          assert.deepEqual(
            again.remaining.filter(({ code }) => !code.startsWith('CONSUMER')),
            [],
          );
          states++;
        }
      }
      console.log(`${name}: ${states} states of an unfinished repair, of ${disk.operations.length} operations`);
    },
  );
});
