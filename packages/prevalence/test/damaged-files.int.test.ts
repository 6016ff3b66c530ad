/**
 * Damage in the files of a prevalent system: flipped bits and truncated files. A damaged snapshot is passed over, and
 * an older one, or the journal, leads to the same model; a blob is what was put, or an error; a damaged journal is an
 * error that names the file.
 */
import { type Finding, VarveError, verifyStore } from '@varve/core';
import { ManualClock, SeededRandom, SimulatedDisk } from '@varve/core/testing';
import { EventStore } from '@varve/writer';
import { beforeAll, describe, expect, it } from 'vitest';
import { registry } from './registry.ts';

const blob = Buffer.from('a picture of somebody');
let origin: SimulatedDisk;
let expected: string;
let blobId: string;

function openStore(disk: SimulatedDisk): EventStore {
  const storageConfig = { fileSystem: disk.startProcess(), random: new SeededRandom(3), clock: new ManualClock() };
  return new EventStore('store', { storageDirectory: '/data', storageConfig });
}

type Database = Awaited<ReturnType<typeof registry.open>>;

function contentsOf({ model }: Pick<Database, 'model'>): string {
  return JSON.stringify([[...model.replicants], model.notes, model.totals]);
}

beforeAll(async () => {
  origin = new SimulatedDisk();
  origin.makeDirectory('/data');
  const store = openStore(origin);
  const db = await registry.open(store);
  blobId = await db.blobs.put(blob);
  for (let n = 0; n < 5; n++) await db.do.spawn({ designation: `N${n}`, token: `t${n}` });
  await db.snapshot();
  await db.do.retire({ designation: 'N1' });
  await db.snapshot();
  await db.do.note({ id: 'x', text: 'last' });
  expected = contentsOf(db);
  await db.close();
  await store.close();
});

/** The same files, of which `change` alters one. */
function damaged(path: string, change: (bytes: Buffer) => Buffer): SimulatedDisk {
  const disk = new SimulatedDisk(origin.medium.copy());
  const bytes = change(Buffer.from(bytesOf(path)));
  const file = disk.startProcess().open(path, 'write');
  file.truncate(0);
  if (bytes.length > 0) file.write(bytes, 0, bytes.length, 0);
  file.close();
  return disk;
}

function bytesOf(path: string): Uint8Array {
  return origin.medium.files().find(([each]) => each === path)![1].bytes;
}

function pathsOf(ending: string): string[] {
  return origin.medium.files().flatMap(([path]) => (path.endsWith(ending) ? [path] : []));
}

/** Flips every `step`-th bit, and truncates to every `step`-th length. */
function* damagesOf(path: string, step: number): Generator<SimulatedDisk, undefined> {
  const { length } = bytesOf(path);
  for (let bit = step % 5; bit < length * 8; bit += step) {
    yield damaged(path, (bytes) => {
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      return bytes;
    });
  }
  for (let to = 0; to < length; to += step) yield damaged(path, (bytes) => bytes.subarray(0, to));
  return undefined;
}

/** The model, or the code of the error, which names a file. */
async function restored(disk: SimulatedDisk): Promise<string> {
  let store: EventStore | undefined;
  try {
    store = openStore(disk);
    const db = await registry.open(store);
    const contents = contentsOf(db);
    await db.close();
    return contents;
  } catch (error) {
    if (error instanceof VarveError && error.path !== undefined) return error.code;
    throw error;
  } finally {
    store?.storage.close();
  }
}

describe('verifyStore', () => {
  const verify = async (disk: SimulatedDisk): Promise<readonly Finding[]> =>
    (await verifyStore('/data/store', { fileSystem: disk.startProcess() })).findings;

  it('finds nothing in a system that nothing happened to', async () => {
    expect(await verify(origin)).toEqual([]);
  });

  it('names a snapshot that is damaged anywhere', async () => {
    const [path = ''] = pathsOf('.snapshot');
    for (const disk of damagesOf(path, 101)) {
      expect(await verify(disk)).toEqual([expect.objectContaining({ code: 'SNAPSHOT', path })]);
    }
  });

  it('names a blob that has other bytes', async () => {
    const [path = ''] = pathsOf('.blob');
    for (const disk of damagesOf(path, 13)) {
      expect(await verify(disk)).toEqual([expect.objectContaining({ code: 'BLOB', path })]);
    }
  });
});

describe('damage in a file of a prevalent system', { timeout: 120_000 }, () => {
  it('never changes the model: in a snapshot', async () => {
    const snapshots = pathsOf('.snapshot');
    expect(snapshots).toHaveLength(2);
    let count = 0;
    for (const path of snapshots) {
      for (const disk of damagesOf(path, 37)) {
        expect(await restored(disk)).toBe(expected);
        count++;
      }
    }
    console.log(`Models restored over damaged snapshots: ${count}`);
    expect(count).toBeGreaterThan(200);
  });

  it('never changes the model: in the journal', async () => {
    const counts = { restored: 0, refused: 0 };
    for (const disk of damagesOf(pathsOf('.seg')[0]!, 53)) {
      const found = await restored(disk);
      if (found === 'CORRUPTION') counts.refused++;
      else if (found === expected) counts.restored++;
      else throw new Error(`The model is ${found}`);
    }
    console.log('Models over a damaged journal:', counts);
    expect(counts.refused).toBeGreaterThan(50);
  });

  it('is noticed when it is in a blob', async () => {
    const [path] = pathsOf('.blob');
    const db = await registry.open(openStore(new SimulatedDisk(origin.medium.copy())));
    expect(Buffer.from(db.blobs.get(blobId))).toEqual(blob);
    await db.close();
    for (const disk of damagesOf(path!, 1)) {
      const store = openStore(disk);
      const other = await registry.open(store);
      let error: unknown;
      try {
        other.blobs.get(blobId);
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toMatchObject({ code: 'CORRUPTION', path });
      await other.close();
      store.storage.close();
    }
  });
});
