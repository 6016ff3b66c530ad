/**
 * An undamaged store is found whole, however it was made and at whatever moment; and whatever is flipped, cut off or removed in
 * any of its files is found, with the name of the file. `VARVE_LONG=1` takes every byte.
 */
import assert from 'node:assert/strict';
import { type Finding, hasErrorCode, type VerifyOptions, type VerifyResult, verifyStore } from '@varve/core';
import { checksumSeed, encodeCommitIdRun, encodeHeadSlot, encodeRun, Postings } from '@varve/core/internal';
import { replay, SeededRandom, SimulatedDisk } from '@varve/core/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { EventStore } from '../src/index.ts';
import { fullStore, fullStoreOptions, layouts } from './simulation/full-store.ts';
import { fillStore } from './simulation/indexed-store.ts';
import { damageStoreFile, flipBit, openStore, storeFiles } from './simulation/power-cut.ts';
import { emptyDisk, storePath } from './simulation/recorded-run.ts';

const isLong = process.env['VARVE_LONG'] !== undefined;
const seed = Number(process.env['VARVE_SEED'] ?? 1);

const verify = async (disk: SimulatedDisk, more: VerifyOptions = {}): Promise<VerifyResult> =>
  verifyStore(storePath, { fileSystem: disk.startProcess(), ...more });

describe('verifyStore, of a store that nothing happened to', () => {
  it.each(Object.entries(layouts))('finds nothing: %s', async (_, more) => {
    const disk = emptyDisk();
    const store = openStore(disk, { ...fullStoreOptions, ...more });
    const whole = { isWhole: true, hasAllEvents: true, findings: [], missing: [] };
    expect(await verify(disk)).toMatchObject({ ...whole, events: 0 });
    await fillStore(store);
    expect(await verify(disk)).toMatchObject({ ...whole, events: 48, lastPosition: 48 });
    await store.close();
    const second = openStore(disk, { ...fullStoreOptions, ...more });
    expect(await verify(disk)).toMatchObject({ ...whole, events: 48 });
    await fillStore(second);
    second.deleteEventStream('late');
    second.closeEventStream('user-2');
    second.commit('user-1', { type: 'Odd', n: 0, tags: [] });
    expect(await verify(disk)).toMatchObject({ ...whole, events: 96 });
    await second.close();
    expect(await verify(disk)).toMatchObject({ ...whole, events: 97, lastPosition: 97 });
  });
});

// What was said of the damage ended at the first full stop, in the middle of the path.
it('names the whole path of what is damaged, with whatever characters', async () => {
  const disk = emptyDisk();
  const fileSystem = disk.startProcess();
  const store = new EventStore('shop', { storageDirectory: '/data/a. b', storageConfig: { fileSystem } });
  for (let n = 1; n <= 3; n++) store.commit('s', { n });
  await store.close();
  const [segment] = disk.medium.files().flatMap(([path]) => (path.endsWith('.seg') ? [path] : []));
  const file = disk.startProcess().open(segment!, 'write');
  file.write(new Uint8Array(1), 0, 1, 100);
  file.close();
  const { findings } = await verifyStore('/data/a. b/shop', { fileSystem: disk.startProcess() });
  expect(findings).toMatchObject([{ code: 'FRAME', message: expect.stringContaining(segment!) as string }]);
});

it('finds no damage after any operation of the writer that makes a store', async () => {
  const disk = emptyDisk();
  const start = disk.medium.copy();
  disk.operations.length = 0;
  const store = openStore(disk);
  store.commit('first', { n: 1 });
  await store.close();
  let hasStore = false;
  for (const medium of replay(start, disk.operations)) {
    const outcome = await verify(new SimulatedDisk(medium.copy())).catch((error: unknown) => error);
    if (!hasStore && hasErrorCode(outcome, 'STORE_MISSING')) continue;
    const { hasAllEvents, findings } = outcome as VerifyResult;
    // At first nothing was written to the store; after that, a killed writer may leave it without a head.
    assert(hasStore || findings.length === 0);
    hasStore = true;
    expect({ hasAllEvents, others: findings.filter(({ code }) => code !== 'HEAD') }).toEqual({
      hasAllEvents: true,
      others: [],
    });
  }
  expect(await verify(disk)).toMatchObject({ isWhole: true, events: 1 });
});

/** Bytes that mean nothing: who has what open, and what comes after the end of a record or between slots. */
const isNote = (path: string): boolean => /writer\.(json|lock)$|\.state\.lock$|counter\.json$|\.tmp$/.test(path);

interface Damage {
  readonly name: string;
  /** Undefined for a file that is removed. */
  readonly bytes: Buffer | undefined;
}

function* damagesOf(path: string, bytes: Buffer, random: SeededRandom): Generator<Damage, undefined> {
  yield { name: 'removed', bytes: undefined };
  const samples = isLong ? bytes.length : 4;
  for (let sample = 0; sample < samples; sample++) {
    const at = isLong ? sample : random.below(bytes.length);
    yield { name: `bit of byte ${at}`, bytes: flipBit(Buffer.from(bytes), at) };
    if (sample % 2 === 0) yield { name: `cut to ${at}`, bytes: bytes.subarray(0, at) };
  }
  return undefined;
}

/** Whether nobody relies on the byte. */
function isSlack(path: string, bytes: Buffer, { name }: Damage): boolean {
  const at = Number(name.replace(/\D+/g, ''));
  const isCut = name.startsWith('cut');
  if (path.endsWith('/head')) return !isCut && at % 4096 >= 64;
  if (path.endsWith('.run')) return !isCut && bytes[at] === 0 && at > 64 && at < 16_384;
  // A consumer that has saved once has one slot, and says what was true then.
  if (path.endsWith('.state')) return isStateSlack(bytes, isCut ? at - 1 : at) && (!isCut || at <= 64 + 4096);
  return false;
}

/** After the end of the record in a slot; its length is in bytes 4 to 8. */
function isStateSlack(bytes: Buffer, at: number): boolean {
  if (at < 64) return false;
  const slot = 64 + Math.floor((at - 64) / 4096) * 4096;
  return at - slot >= bytes.readUInt32LE(slot + 4);
}

describe('verifyStore, of a damaged store', () => {
  const counts = new Map<string, number>();
  afterAll(() => console.log(`Damages found (seed ${seed}):`, Object.fromEntries(counts)));

  it.each(Object.entries(layouts))('names the file: %s', { timeout: 600_000 }, async (_, more) => {
    const origin = await fullStore(more);
    const random = new SeededRandom(seed);
    expect(await verify(origin)).toMatchObject({ isWhole: true, events: 96 });
    for (const path of storeFiles(origin).filter((each) => !isNote(each))) {
      const [, file] = origin.medium.files().find(([each]) => each === path)!;
      const bytes = Buffer.from(file.bytes);
      for (const damage of damagesOf(path, bytes, random)) {
        if (isSlack(path, bytes, damage)) continue;
        const disk = new SimulatedDisk(origin.medium.copy());
        if (damage.bytes === undefined) disk.startProcess().remove(path);
        else damageStoreFile(disk, path, () => damage.bytes!);
        try {
          const code = checkFound(await verify(disk), path, damage, bytes);
          counts.set(code, (counts.get(code) ?? 0) + 1);
        } catch (error) {
          throw new Error(`${path}, ${damage.name}: ${String(error)}`, { cause: error });
        }
      }
    }
  });
});

/** Throws unless the damage is among the findings; returns the code of the finding that names the file. */
function checkFound(result: VerifyResult, path: string, damage: Damage, bytes: Buffer): string {
  const named = result.findings.find((found) => found.path === path);
  const isGone = damage.bytes === undefined || damage.bytes.length === 0;
  // What nobody needs, or is rebuilt, may be gone: name indexes, runs, commit ids, states.
  if (isGone && /(\.idx|\d{12}-\d{12}\.run|\.ids|\.state)$/.test(path) && !/positions/.test(path)) return 'gone';
  if (named === undefined && isGone) {
    // A missing file shows by what should be in it.
    assert(result.findings.length > 0, 'nothing was found');
    return `${result.findings[0]!.code}, gone`;
  }
  // A slot of the head may be missing from the end of the file.
  assert(named !== undefined, `not among ${JSON.stringify(result.findings.map(brief))} of ${bytes.length} bytes`);
  const isTruth = /\.seg$|catalog$|store\.json$/.test(path);
  assert.equal(result.hasAllEvents, !isTruth, JSON.stringify(result.findings.map(brief)));
  return named.code;
}

const brief = ({ code, path, message }: Finding): string => `${code} ${path}: ${message}`;

describe('verifyStore, what it says of damage', () => {
  it('names file, byte and positions of a damaged frame, and goes on behind it', async () => {
    const disk = await fullStore({});
    const damaged: number[] = [];
    damageStoreFile(disk, '.seg', (bytes) => {
      // Two frames, far from one another.
      for (const part of [0.3, 0.6]) flipBit(bytes, Math.floor(bytes.length * part));
      return bytes;
    });
    const { findings, missing, hasAllEvents, events } = await verify(disk);
    const frames = findings.filter(({ code }) => code === 'FRAME');
    expect(frames).toHaveLength(2);
    for (const { position, lastPosition } of frames) {
      for (let lost = position!; lost <= lastPosition!; lost++) damaged.push(lost);
    }
    expect(missing.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, n) => from + n))).toEqual(
      damaged,
    );
    expect({ hasAllEvents, events }).toEqual({ hasAllEvents: false, events: 96 - damaged.length });
  });

  it('finds whole frames of another history by their chain', async () => {
    const disk = await fullStore({});
    const other = new SimulatedDisk(disk.medium.copy());
    const process = other.startProcess();
    expect(process.stat(storePath)).toBeDefined();
    // The same frames in another order: each is whole, and none is where it was.
    damageStoreFile(disk, '.seg', (bytes) => {
      const [first, second] = [bytes.readUInt32LE(64 + 4), 0];
      const next = bytes.readUInt32LE(64 + first + 4);
      const frames = [bytes.subarray(64 + first, 64 + first + next), bytes.subarray(64, 64 + first)];
      return Buffer.concat([bytes.subarray(0, 64), ...frames, bytes.subarray(64 + first + next + second)]);
    });
    const { findings } = await verify(disk);
    expect(findings.map(({ code }) => code)).toContain('POSITION_INDEX');
    // Each of the three frames at the seams holds the checksum of another one.
    const unchained = findings.filter(({ message }) => message.includes('checksum of the frame before'));
    expect(unchained).toMatchObject([{ code: 'CHAIN' }, { code: 'CHAIN' }, { code: 'CHAIN' }]);
  });

  it('finds an index run that is whole, and not what the frames say', async () => {
    const disk = await fullStore({});
    const seedOf = checksumSeed(
      (JSON.parse(Buffer.from(storeFile(disk, 'store.json')).toString()) as { id: string }).id,
    );
    const path = '000000000016-000000000032.run';
    for (const change of ['moved', 'missing'] as const) {
      const forged = new SimulatedDisk(disk.medium.copy());
      const postings = new Postings(16);
      for (let position = 17; position <= 32; position++) {
        // One event in the index of another stream, or in none.
        const id = change === 'moved' || position !== 20 ? 1 + (position % 2) : undefined;
        if (id !== undefined) postings.add(id, position);
        postings.coverTo(position);
      }
      damageStoreFile(forged, path, () => Buffer.from(encodeRun(postings.toRun(1), seedOf)));
      expect((await verify(forged)).findings).toMatchObject([
        {
          code: 'INDEX_RUN',
          position: 17,
          lastPosition: 32,
          message: expect.stringContaining('not what the frames') as string,
        },
      ]);
    }
  });

  it('finds commit ids that are whole, and not those of the frames', async () => {
    const disk = await fullStore({});
    const seedOf = checksumSeed(
      (JSON.parse(Buffer.from(storeFile(disk, 'store.json')).toString()) as { id: string }).id,
    );
    const path = storeFiles(disk).find((each) => each.endsWith('.ids') && storeFile(disk, each).length > 16)!;
    const [base, last] = /(\d{12})-(\d{12})\.ids/.exec(path)!.slice(1).map(Number) as [number, number];
    const entries = [{ high: 1, low: 2, position: base + 1 }];
    damageStoreFile(disk, path, () => Buffer.from(encodeCommitIdRun(entries, { seed: seedOf, base, last })));
    expect((await verify(disk)).findings).toMatchObject([{ code: 'COMMIT_IDS', path }]);
  });

  it('does not ask for memory that a head promises', async () => {
    const disk = await fullStore({});
    const head = {
      sequence: 99,
      epoch: 2,
      visible: 2 ** 47,
      durable: 2 ** 47,
      clockUs: 1,
      clean: true,
      hasCommitIds: true,
      redo: 0,
    };
    const { id } = JSON.parse(Buffer.from(storeFile(disk, 'store.json')).toString()) as { id: string };
    damageStoreFile(disk, '/head', (bytes) => {
      const catalogBytes = storeFile(disk, '/catalog').length;
      encodeHeadSlot(
        bytes.subarray(4096),
        { ...head, catalogBytes, durableCatalogBytes: catalogBytes, indexed: 0 },
        checksumSeed(id),
      );
      return bytes;
    });
    const result = await verify(disk);
    expect(result).toMatchObject({ lastPosition: 2 ** 47, hasAllEvents: false });
    expect(result.missing.at(-1)).toMatchObject({ to: 2 ** 47 });
  });

  it('keeps no more findings than it is told, and counts all', async () => {
    const disk = await fullStore({});
    for (const path of storeFiles(disk).filter((each) => each.endsWith('.run'))) {
      damageStoreFile(disk, path, (bytes) => flipBit(bytes, 20));
    }
    const heard: Finding[] = [];
    const result = await verify(disk, { maxFindings: 2, onFinding: (found) => heard.push(found) });
    expect(result.findings).toHaveLength(2);
    expect(result.findingCount).toBeGreaterThan(2);
    expect(heard).toHaveLength(result.findingCount);
  });

  it('refuses a folder without a store, and options that it does not know', async () => {
    const disk = emptyDisk();
    await expect(verify(disk)).rejects.toMatchObject({ code: 'STORE_MISSING' });
    await expect(verify(disk, { threads: 0 })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });
});

function storeFile(disk: SimulatedDisk, name: string): Uint8Array {
  return disk.medium.files().find(([path]) => path.startsWith(storePath) && path.endsWith(name))![1].bytes;
}
