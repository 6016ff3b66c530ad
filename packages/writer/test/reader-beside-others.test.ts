/**
 * Between any two calls that a reader makes of the operating system, a writer does a whole piece of work: it commits and merges
 * index runs, archives, or drops. The reader shows what was there before, or what is there after, and nothing in between; and
 * after its next look the latter.
 */
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { hasErrorCode, ReadOnlyEventStore, type StoredEvent } from '@varve/core';
import { SimulatedDisk } from '@varve/core/testing';
import { describe, expect, it } from 'vitest';
import type { EventStore } from '../src/index.ts';
import { fullStore, fullStoreOptions } from './simulation/full-store.ts';
import { contentsOf, fillStore } from './simulation/indexed-store.ts';
import { openStore } from './simulation/power-cut.ts';
import { dataDirectory, storeName } from './simulation/recorded-run.ts';

const options = { ...fullStoreOptions, segmentBytes: 1024 };

function openReader(disk: SimulatedDisk): ReadOnlyEventStore {
  const small = { readCacheBytes: 1, maxOpenFiles: 2 };
  const fileSystem = disk.startProcess();
  const quiet = { watch: false, pollIntervalMs: 60_000 };
  return new ReadOnlyEventStore(storeName, { storageDirectory: dataDirectory, fileSystem, ...quiet, ...small });
}

interface Contents {
  readonly position: number;
  readonly streams: readonly { readonly name: string; readonly stored: readonly StoredEvent[] }[];
}

/** What a reader shows, or why it does not. */
function shown(reader: ReadOnlyEventStore): Contents | Error {
  try {
    return contentsOf(reader) as Contents;
  } catch (error) {
    return error as Error;
  }
}

/** What a reader shows when it opens the store, and after another look. */
function look(disk: SimulatedDisk): readonly [first: Contents | Error, second: Contents | Error] {
  const reader = openReader(disk);
  const first = shown(reader);
  reader.storage.poll();
  const second = shown(reader);
  void reader.close();
  return [first, second];
}

/** Each stream is there as far as the reader has come; a derived one as soon as the reader is where its backfill ends. */
function assertBehind({ position, streams }: Contents, whole: Contents): void {
  for (const { name, stored } of streams) {
    const all = whole.streams.find((each) => each.name === name)?.stored ?? [];
    if (stored.length === 0 && ['evens', 'thirds', 'late'].includes(name)) continue;
    assert.deepEqual(
      stored,
      all.filter(({ metadata }) => metadata.position <= position),
    );
  }
}

const actions: readonly [what: string, act: (store: EventStore) => unknown][] = [
  ['commits, and merges index runs', (store) => fillStore(store)],
  ['archives segments', (store) => store.archive({ before: 60, to: '/archive' })],
  ['drops events', (store) => store.drop({ before: 40 })],
  [
    'commits, and drops more than the reader has seen',
    async (store) => {
      await fillStore(store);
      await store.drop({ before: 130 });
    },
  ],
];

describe('a reader, while a writer', () => {
  // When events were dropped between two calls of a reader that opened the store, it waited for them, at position 0, forever.
  it.each(actions)('%s', { timeout: 120_000 }, async (what, act) => {
    const before = await fullStore({ segmentBytes: 1024 });
    const after = new SimulatedDisk(before.medium.copy());
    const writer = openStore(after, options);
    await act(writer);
    await writer.close();
    const [old] = look(new SimulatedDisk(before.medium.copy())) as [Contents, unknown];
    const [fresh] = look(new SimulatedDisk(after.medium.copy())) as [Contents, unknown];
    const check = (found: Contents | Error): string => {
      if (isDeepStrictEqual(found, fresh)) return 'fresh';
      if (isDeepStrictEqual(found, old)) return 'old';
      if (found instanceof Error) {
        // Until its next look, a reader that finds only indexes of later events has none for those that were dropped.
        const isDropped = hasErrorCode(found, 'EVENTS_DROPPED') || /which was dropped/.test(found.message);
        assert(what.includes('drops') && isDropped, found);
        return 'dropped';
      }
      assertBehind(found, old);
      return 'behind';
    };
    const counts = new Map<string, number>();
    const step = process.env['VARVE_LONG'] === undefined ? 7 : 1;
    for (let [nth, isOver] = [0, false]; !isOver; nth += nth < 100 ? 1 : step) {
      const disk = new SimulatedDisk(before.medium.copy());
      isOver = true;
      disk.faults = ({ number }) => {
        if (number !== nth) return undefined;
        isOver = false;
        for (const operation of after.operations) disk.medium.perform(operation);
        return undefined;
      };
      const outcome = look(disk).map(check);
      const text = outcome.join(', then ');
      counts.set(text, (counts.get(text) ?? 0) + 1);
    }
    expect([...counts.keys()].filter((text) => text.endsWith('behind'))).toEqual([]);
    console.log(`${what}:`, Object.fromEntries(counts));
  });
});
