/** Checks of the states of consumers, and of stores whose files are in folders of their own: damaged, taken from elsewhere, or forged. */
import { crc32 } from 'node:zlib';
import { type Finding, type FindingCode, verifyStore, type VerifyResult } from '@varve/core';
import { fileHeaderBytes } from '@varve/core/internal';
import { SeededRandom, SimulatedDisk } from '@varve/core/testing';
import { describe, expect, it } from 'vitest';
import { EventStore } from '../src/index.ts';
import { fullStore } from './simulation/full-store.ts';
import { damageStoreFile, flipBit, openStore, readStoreFile, storeFiles } from './simulation/power-cut.ts';
import { emptyDisk, storePath } from './simulation/recorded-run.ts';

async function verify(disk: SimulatedDisk): Promise<VerifyResult> {
  return verifyStore(storePath, { fileSystem: disk.startProcess() });
}

function statePath(disk: SimulatedDisk): string {
  return storeFiles(disk).find((path) => path.endsWith('.state'))!;
}

function about(path: string, code: FindingCode): Partial<Finding> {
  return expect.objectContaining({ path, code }) as Partial<Finding>;
}

/** Where the slots of a consumer's file begin. */
function slotsOf(bytes: Buffer): [newer: number, older: number] {
  const second = fileHeaderBytes + 4096;
  const isSecond = bytes.length > second && bytes.readUIntLE(second + 8, 6) > bytes.readUIntLE(fileHeaderBytes + 8, 6);
  return isSecond ? [second, fileHeaderBytes] : [fileHeaderBytes, second];
}

describe('the file of a consumer', () => {
  const cases: readonly [what: string, at: (bytes: Buffer) => number, code: FindingCode][] = [
    ['in its header', () => 20, 'CONSUMER'],
    ['in the slot that counts', (bytes) => newerSlot(bytes) + 30, 'CONSUMER_SLOT'],
    ['in the other slot', (bytes) => olderSlot(bytes) + 30, 'CONSUMER_SLOT'],
  ];

  const newerSlot = (bytes: Buffer): number => slotsOf(bytes)[0];
  const olderSlot = (bytes: Buffer): number => slotsOf(bytes)[1];

  it.each(cases)('is found when it is damaged: %s', async (_, at, code) => {
    const disk = await fullStore({});
    const path = statePath(disk);
    damageStoreFile(disk, path, (bytes) => flipBit(bytes, at(bytes)));
    expect((await verify(disk)).findings).toEqual([about(path, code)]);
  });

  it('is found when both slots are damaged, and when it is of another store', async () => {
    const disk = await fullStore({});
    const path = statePath(disk);
    const copy = new SimulatedDisk(disk.medium.copy());
    damageStoreFile(copy, path, (bytes) => flipBit(flipBit(bytes, newerSlot(bytes) + 30), olderSlot(bytes) + 30));
    expect((await verify(copy)).findings).toEqual([about(path, 'CONSUMER')]);
    const stranger = await fullStore({ random: new SeededRandom(9) });
    damageStoreFile(disk, path, () => readStoreFile(stranger, statePath(stranger)));
    expect((await verify(disk)).findings).toEqual([about(path, 'CONSUMER')]);
  });
});

describe('a store with its files in folders of their own', () => {
  const places = { dataDirectory: '/fast', indexDirectory: '/small' };

  async function elsewhere(): Promise<SimulatedDisk> {
    const disk = emptyDisk();
    for (const path of ['/fast', '/small']) disk.makeDirectory(path);
    const store = openStore(disk, { ...places, eventsPerIndexRun: 8 });
    for (let n = 1; n <= 30; n++) await store.commit(`s-${n % 3}`, { n }, { commitId: `c-${n}` }).durable;
    await store.close();
    return disk;
  }

  it('is checked there, by what it was made with or by what is given', async () => {
    const disk = await elsewhere();
    const fileSystem = disk.startProcess();
    for (const given of [{}, { dataDirectory: '/fast' }, places]) {
      expect(await verifyStore(storePath, { fileSystem, ...given })).toMatchObject({ isWhole: true, events: 30 });
    }
  });

  it.each(['/fast/store/part.json', '/small/store/part.json'])('says that %s is missing or damaged', async (path) => {
    const disk = await elsewhere();
    const process = disk.startProcess();
    process.remove(path);
    const missing = await verifyStore(storePath, { fileSystem: process });
    expect(missing.findings).toContainEqual(about(path, 'STORE_FILE'));
    expect(missing.events).toBe(30);
    for (const text of ['{}', 'no JSON']) {
      const file = process.open(path, 'create');
      file.truncate(0);
      file.write(Buffer.from(text), 0, text.length, 0);
      file.close();
      const { findings } = await verifyStore(storePath, { fileSystem: process });
      expect(findings).toContainEqual(about(path, 'STORE_FILE'));
    }
  });

  it('is checked in the folder that is known, while the note in the other one is damaged', async () => {
    const disk = emptyDisk();
    disk.makeDirectory('/fast');
    const store = openStore(disk, { dataDirectory: '/fast' });
    await store.commit('s', { n: 1 }).durable;
    await store.close();
    disk.startProcess().remove('/fast/store/part.json');
    const { findings, events } = await verify(disk);
    expect({ findings, events }).toEqual({ findings: [about('/fast/store/part.json', 'STORE_FILE')], events: 1 });
  });

  it('is not checked in the folders of another store', async () => {
    const disk = await elsewhere();
    const storageConfig = { fileSystem: disk.startProcess(), random: new SeededRandom(11), dataDirectory: '/others' };
    const stranger = new EventStore('store', { storageDirectory: '/elsewhere', storageConfig });
    await stranger.commit('s', { n: 1 }).durable;
    await stranger.close();
    const given = { fileSystem: disk.startProcess(), dataDirectory: '/others' };
    await expect(verifyStore(storePath, given)).rejects.toThrow(/it is of the store/);
    // Nor when a note is missing as well, which by itself is a finding.
    disk.startProcess().remove('/small/store/part.json');
    await expect(verifyStore(storePath, given)).rejects.toThrow(/it is of the store/);
  });
});

describe('the state of a consumer, and the history of the store', () => {
  async function consumed(since: number, take: number): Promise<SimulatedDisk> {
    const disk = emptyDisk();
    const store = openStore(disk, { segmentBytes: 256 });
    for (let n = 1; n <= 20; n++) await store.commit('s', { n }).durable;
    const consumer = store.getConsumer<number, { n: number }>('s', 'c', 0, since);
    if (take === 0) {
      consumer.reset();
    } else {
      const stop = new AbortController();
      await consumer.run(({ n }) => {
        consumer.setState(n);
        if (n === since + take) stop.abort();
      }, stop);
    }
    await store.drop({ before: 15 });
    await store.close();
    return disk;
  }

  it('is in order before its first event, and when its last event was dropped', async () => {
    for (const disk of [await consumed(3, 0), await consumed(0, 5), await consumed(0, 20)]) {
      expect((await verify(disk)).findings).toEqual([]);
    }
  });

  it.each([
    ['whose last event was dropped', 5],
    ['whose last event is there', 20],
  ])('is found when it is of another history: %s', async (_, take) => {
    const disk = await consumed(0, take);
    const path = statePath(disk);
    damageStoreFile(disk, path, (bytes) => {
      // Of the slot that counts: epoch, checksum of the frame, and the checksum of it all.
      const at = slotsOf(bytes)[0];
      if (take === 20) bytes.writeUInt32LE(1, at + 24);
      else bytes.writeUInt32LE(9, at + 20);
      bytes.writeUInt32LE(crc32(bytes.subarray(at + 4, at + bytes.readUInt32LE(at + 4))), at);
      return bytes;
    });
    expect((await verify(disk)).findings).toEqual([about(path, 'CONSUMER')]);
  });
});
