/**
 * Of two segments that were not synced yet, a power cut leaves what the file system had written of each: the later one may be
 * whole, and the earlier one too short, because both are synced at the same time. Recovery treated that as damage, and refused
 * the store; found by cutting the power of a btrfs.
 */
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EventStore } from '../src/index.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const storageConfig = { segmentBytes: 1_000 };
const durableEvents = 3;
const text = 'x'.repeat(50);

/** A store of several segments, of which only the first events were synced; with the paths of all its segments. */
async function killed(): Promise<{ storageDirectory: string; segments: string[] }> {
  const storageDirectory = temporaryDirectory();
  const store = await EventStore.open('shop', { storageDirectory, storageConfig });
  for (let number = 1; number <= durableEvents; number++) store.commit('s', { number, text });
  await store.commit('s', { number: durableEvents + 1, text }).durable;
  // In one turn, so that nothing is synced in between.
  for (let number = durableEvents + 2; number <= 25; number++) store.commit('s', { number, text });
  store.flush();
  store.storage.close();
  const folder = `${storageDirectory}/shop/partitions/000001-shared`;
  const segments = readdirSync(folder)
    .toSorted()
    .map((name) => `${folder}/${name}`);
  expect(segments.length).toBeGreaterThan(2);
  return { storageDirectory, segments };
}

/** Opens the store, writes to it, and returns the events that it had; throws when those are not the first ones. */
async function recovered(storageDirectory: string): Promise<number> {
  await using store = await EventStore.open('shop', { storageDirectory, storageConfig });
  const numbers = store.getEventStream<{ number: number }>('s').events.map(({ number }) => number);
  expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => index + 1));
  await store.commit('s', { number: 0 }, numbers.length).durable;
  const kept = readdirSync(`${storageDirectory}/shop/recovered`);
  expect(kept.length).toBeGreaterThan(0);
  return numbers.length;
}

describe('a segment that was not synced, with later ones that are there', () => {
  it.each([1, 40, 200, 500])('is cut where its last whole commit ends: %i bytes too short', async (bytes) => {
    const { storageDirectory, segments } = await killed();
    const path = segments.at(-2)!;
    truncateSync(path, readFileSync(path).length - bytes);
    const count = await recovered(storageDirectory);
    expect(count).toBeGreaterThan(durableEvents);
    expect(count).toBeLessThan(25);
  });

  it('is damage when the file is as long as it should be, because nobody can tell that from bit rot', async () => {
    const { storageDirectory, segments } = await killed();
    const path = segments.at(-2)!;
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0, bytes.length - 200));
    expect(() => new EventStore('shop', { storageDirectory })).toThrow(expect.objectContaining({ code: 'CORRUPTION' }));
  });

  it('is damage when no head says what was synced', async () => {
    const { storageDirectory, segments } = await killed();
    const path = segments.at(-2)!;
    truncateSync(path, readFileSync(path).length - 1);
    writeFileSync(`${storageDirectory}/shop/head`, new Uint8Array(8192));
    expect(() => new EventStore('shop', { storageDirectory })).toThrow(expect.objectContaining({ code: 'CORRUPTION' }));
  });

  it('is damage when its events were durable', async () => {
    const { storageDirectory, segments } = await killed();
    const path = segments[0]!;
    truncateSync(path, 100);
    expect(() => new EventStore('shop', { storageDirectory })).toThrow(expect.objectContaining({ code: 'CORRUPTION' }));
  });

  it('is damage when a whole frame of its own lies behind the fault', async () => {
    const { storageDirectory, segments } = await killed();
    const path = segments.at(-2)!;
    const bytes = readFileSync(path);
    bytes[100]! ^= 1;
    writeFileSync(path, bytes);
    expect(() => new EventStore('shop', { storageDirectory })).toThrow(expect.objectContaining({ code: 'CORRUPTION' }));
  });
});
