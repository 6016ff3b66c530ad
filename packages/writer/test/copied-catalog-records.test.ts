/**
 * With a name index, records of the catalog are read one by one, at the places that it gives, and the chain between them is not
 * walked. A record that was copied over another one of its length is whole: events of one stream were shown as those of the
 * other, which was missing, so that the next commit to it made a second one; a derived stream was missing; and events whose
 * structure was lost failed with an error that did not mention the catalog.
 */
import type { ReadOnlyEventStore } from '@varve/core';
import { ManualClock, SimulatedDisk, type SimulatedProcess } from '@varve/core/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import type { EventStore } from '../src/index.ts';
import { damageStoreFile, openReader, openStore, readStoreFile, storeFiles } from './simulation/power-cut.ts';
import { emptyDisk } from './simulation/recorded-run.ts';

/** Enough streams for a name index, and enough for one in pieces, which are read only when they are needed. */
const sizes = [
  ['a name index', 1024, 1],
  ['a name index in pieces', 6000, 2],
] as const;
const path = '/data/store/catalog';

async function indexedDisk(namesToIndex: number, version: number): Promise<SimulatedDisk> {
  const disk = emptyDisk();
  const store = openStore(disk, { clock: new ManualClock() });
  store.createEventStream('paid-a', { type: 'a' });
  store.createEventStream('paid-b', { type: 'b' });
  store.commit('keys', { key1: 1 });
  store.commit('keys', { key2: 2 });
  for (let n = 0; n < namesToIndex; n++) {
    // Among the streams, and next to one another.
    if (n === 500) store.createEventStream('among-a', { type: 'a' });
    if (n === 600) for (const name of ['among-b', 'among-c']) store.createEventStream(name, { type: 'b' });
    store.commit(`s-${String(n).padStart(4, '0')}`, { type: 'ab'[n % 2] });
  }
  for (const name of ['after-a', 'after-b']) store.createEventStream(name, { type: 'a' });
  await store.close();
  const index = storeFiles(disk).find((file) => /names-\d+\.idx$/.test(file));
  expect(readStoreFile(disk, index!)[10]).toBe(version);
  return disk;
}

/** Copies the record that mentions one text over the one that mentions another; of several, the first ones. */
function copyRecord(disk: SimulatedDisk, from: string, to: string): void {
  damageStoreFile(disk, '/catalog', (bytes) => {
    const records: Buffer[] = [];
    for (let at = 64; at < bytes.length; at += bytes.readUInt32LE(at + 4)) {
      records.push(bytes.subarray(at, at + bytes.readUInt32LE(at + 4)));
    }
    const [source, target] = [from, to].map((text) => records.find((record) => record.includes(text))!);
    expect(source!.length).toBe(target!.length);
    source!.copy(target!);
    return bytes;
  });
}

const named: unknown = expect.objectContaining({ code: 'CORRUPTION', path });

/** Who may open the store: a reader, and a writer. */
const openers: readonly ((disk: SimulatedDisk, process?: SimulatedProcess) => EventStore | ReadOnlyEventStore)[] = [
  openReader,
  (disk, process) => openStore(disk, { clock: new ManualClock() }, process),
];

describe.each(sizes)('with %s, a catalog record that was copied over another one', (_name, count, version) => {
  let whole: SimulatedDisk;
  beforeAll(async () => {
    whole = await indexedDisk(count, version);
  });

  function copied(from: string, to: string): SimulatedDisk {
    const disk = new SimulatedDisk(whole.medium.copy());
    copyRecord(disk, from, to);
    return disk;
  }

  it('of a stream is an error of whoever asks for that stream, by its name or by an event', async () => {
    const disk = copied('s-0007', 's-0008');
    for (const open of openers) {
      const store = open(disk);
      expect(() => store.getEventStream('s-0008')).toThrow(named);
      expect(() => store.readEvent(11)).toThrow(named);
      expect(() => [...store.streamNames()]).toThrow(named);
      expect(store.readEvent(10).stream).toBe('s-0007');
      await store.close();
    }
  });

  it.each([
    ['of a derived stream', 'paid-a', 'paid-b'],
    ['of a derived stream that is among the streams', 'among-c', 'among-a'],
    ['of a derived stream that is next to another', 'among-a', 'among-c'],
    ['of a derived stream that is behind all streams', 'after-b', 'after-a'],
    ['of a structure', 'key1', 'key2'],
  ])('%s is an error', (_kind, from, to) => {
    const disk = copied(from, to);
    for (const open of openers) {
      const process = disk.startProcess();
      expect(() => open(disk, process)).toThrow(named);
      expect(process.openFiles).toEqual([]);
    }
  });
});
