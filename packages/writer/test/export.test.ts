/** Of a damaged store, every event that is whole is exported as it was, and every other one is reported as a gap. */
import assert from 'node:assert/strict';
import { type EventExport, exportEvents, type ExportOptions, type StoredEvent, verifyStore } from '@varve/core';
import { SeededRandom, SimulatedDisk } from '@varve/core/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { fullStore, layouts } from './simulation/full-store.ts';
import { damageStoreFile, flipBit, openReader, storeFiles } from './simulation/power-cut.ts';
import { emptyDisk, storePath } from './simulation/recorded-run.ts';

const seed = Number(process.env['VARVE_SEED'] ?? 1);
const rounds = Number(process.env['VARVE_DAMAGES'] ?? 10);
const ownSerializer = { serializer: { serialize: JSON.stringify, deserialize: JSON.parse } };

const exportOf = (disk: SimulatedDisk, name: string, more: ExportOptions = {}): EventExport =>
  exportEvents(storePath, {
    fileSystem: disk.startProcess(),
    ...(name.includes('of the user') ? ownSerializer : {}),
    ...more,
  });

async function all(exported: EventExport): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  for await (const event of exported) events.push(event);
  return events;
}

async function healthy(name: string): Promise<{ disk: SimulatedDisk; events: StoredEvent[] }> {
  const disk = await fullStore(layouts[name]!);
  if (name.includes('of the user')) return { disk, events: await all(exportOf(disk, name)) };
  const reader = openReader(disk);
  const events = [...reader.getAllEvents().stored()];
  await reader.close();
  return { disk, events };
}

describe('exportEvents', () => {
  let given = 0;
  let missed = 0;
  afterAll(() =>
    console.log(`Events exported from damaged stores (seed ${seed}):`, given, 'given,', missed, 'in gaps'),
  );

  it.each(Object.keys(layouts))('gives all that is whole: %s', { timeout: 600_000 }, async (name) => {
    const { disk: origin, events } = await healthy(name);
    expect(events).toHaveLength(96);
    const exported = exportOf(origin, name);
    expect(await all(exported)).toEqual(events);
    expect(exported).toMatchObject({ gaps: [], gapCount: 0, eventCount: 96 });
    const random = new SeededRandom(seed);
    for (let round = 0; round < rounds; round++) {
      const disk = new SimulatedDisk(origin.medium.copy());
      const path = random.pick(storeFiles(disk).filter((each) => !/store\.json$|\.tmp$|lock$/.test(each)));
      const how = damage(disk, path, random);
      try {
        await checkExport(disk, name, events);
      } catch (error) {
        throw new Error(`${path}, ${how}: ${String(error)}`, { cause: error });
      }
    }
  });

  async function checkExport(disk: SimulatedDisk, name: string, events: readonly StoredEvent[]): Promise<void> {
    const { missing, findings } = await verifyStore(storePath, { fileSystem: disk.startProcess() });
    const exported = exportOf(disk, name);
    const found = await all(exported);
    const isCatalogDamaged = findings.some(({ code }) => code === 'CATALOG');
    const lost = new Set<number>();
    for (const { from, to } of exported.gaps) for (let n = from; n <= to; n++) lost.add(n);
    // Every position is there or in a gap, once.
    const last = Math.max(...lost, found.at(-1)?.metadata.position ?? 0);
    assert.deepEqual(
      found.map(({ metadata }) => metadata.position),
      events.slice(0, last).flatMap(({ metadata: { position } }) => (lost.has(position) ? [] : [position])),
    );
    for (const event of found) {
      const original = events[event.metadata.position - 1]!;
      assert.deepEqual(event.payload, original.payload);
      if (!isCatalogDamaged) assert.deepEqual(event, original);
    }
    if (!isCatalogDamaged) {
      const gaps = exported.gaps.map(({ from, to }) => ({ from, to }));
      assert.deepEqual(gaps, missing);
    }
    given += found.length;
    missed += lost.size;
  }

  it('gives lines of JSON, a part of the store, and ends when it is told', async () => {
    const { disk, events } = await healthy('one log, msgpackr');
    let text = '';
    for await (const chunk of exportOf(disk, '', { from: 10, to: 20 }).ndjson()) text += String(chunk);
    const lines = text.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(JSON.parse(JSON.stringify(events.slice(9, 20))));
    const stop = AbortSignal.abort(new Error('enough'));
    await expect(all(exportOf(disk, '', { signal: stop }))).rejects.toThrow('enough');
  });

  it('calls a stream by its id when the catalog has lost its name, and skips what it cannot decode', async () => {
    const { disk, events } = await healthy('one log, json');
    disk.startProcess().remove(storeFiles(disk).find((path) => path.endsWith('/catalog'))!);
    const found = await all(exportOf(disk, ''));
    expect(found.map(({ payload }) => payload)).toEqual(events.map(({ payload }) => payload));
    expect(found.every(({ stream }) => /^#\d+$/.test(stream))).toBe(true);
    const packed = await healthy('one log, msgpackr');
    packed.disk.startProcess().remove(storeFiles(packed.disk).find((path) => path.endsWith('/catalog'))!);
    const exported = exportOf(packed.disk, '');
    expect(await all(exported)).toEqual([]);
    expect(exported.gaps.every(({ reason }) => reason === 'undecodable')).toBe(true);
  });

  it('does not take a frame inside of a payload for one of the store', async () => {
    const disk = await fullStore({ serializer: 'json' });
    // After damage, the position index is believed before bytes that look like a frame.
    const before = await all(exportOf(disk, ''));
    damageStoreFile(disk, '.seg', (bytes) => {
      const first = bytes.readUInt32LE(64 + 4);
      // The second frame, whole, over the end of the first one.
      const second = bytes.subarray(64 + first, 64 + first + bytes.readUInt32LE(64 + first + 4));
      const inside = 64 + first - second.length;
      if (inside > 64 + 8) second.copy(bytes, inside);
      else flipBit(bytes, 70);
      return bytes;
    });
    const exported = exportOf(disk, '');
    expect(await all(exported)).toEqual(before.slice(1));
    expect(exported.gaps).toMatchObject([{ from: 1, to: 1, reason: 'missing' }]);
  });

  it('refuses a folder without a store', async () => {
    await expect(all(exportOf(emptyDisk(), ''))).rejects.toMatchObject({ code: 'STORE_MISSING' });
    const disk = await fullStore({});
    damageStoreFile(disk, 'store.json', (bytes) => flipBit(bytes, 40));
    await expect(all(exportOf(disk, ''))).rejects.toMatchObject({ code: 'NOT_A_STORE' });
  });
});

function damage(disk: SimulatedDisk, path: string, random: SeededRandom): string {
  const kind = random.below(3);
  if (kind === 0) {
    disk.startProcess().remove(path);
    return 'removed';
  }
  let text = '';
  damageStoreFile(disk, path, (bytes) => {
    const at = random.below(Math.max(1, bytes.length));
    text = kind === 1 ? `bit of byte ${at}` : `cut to ${at}`;
    return kind === 1 && bytes.length > 0 ? flipBit(bytes, at) : bytes.subarray(0, at);
  });
  return text;
}
