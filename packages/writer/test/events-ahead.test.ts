/**
 * A reader of a stream looks up where several of its events are before it reads them. What it finds is a guess: the frame that
 * is there counts only when it is the right one, whatever was written, moved or damaged since.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { WriteOptions } from '../src/index.ts';
import { useStoreFolder } from './store-folder.ts';

const folder = useStoreFolder();
const streams = 7;
const events = 700;
const entryBytes = 8;

async function fill(options: WriteOptions): Promise<void> {
  const store = await folder.writer(options);
  for (let number = 1; number <= events; number++) {
    store.commit(`s${number % streams}`, { number, text: 'x'.repeat((number * 37) % 900) });
  }
  await store.close();
}

function numbersOf(stream: number): number[] {
  return Array.from({ length: events }, (_, index) => index + 1).filter((number) => number % streams === stream);
}

function read(stream: Iterable<unknown>): number[] {
  return [...stream].map((event) => (event as { number: number }).number);
}

/** Makes the entry of one position lead to the frame of another. */
function swapEntries(position: number, other: number): void {
  const storeDirectory = join(folder.directory, 'store');
  const path = join(
    storeDirectory,
    readdirSync(storeDirectory).find((name) => name.startsWith('positions-'))!,
  );
  const bytes = readFileSync(path);
  const entryOf = (number: number): Buffer => bytes.subarray((number - 1) * entryBytes, number * entryBytes);
  const first = Buffer.from(entryOf(position));
  entryOf(position).set(entryOf(other));
  entryOf(other).set(first);
  writeFileSync(path, bytes);
}

describe('looking ahead', () => {
  it.each([
    ['one log', {}],
    ['a partition a stream', { partitioner: 'perStream' }],
    ['a cache of a few blocks', { readCacheBytes: 65_536 }],
  ] satisfies [string, WriteOptions][])('gives each stream its own events, in %s', async (_name, options) => {
    await fill(options);
    const store = await folder.writer(options);
    // Two readers at a time, so that each finds the cache as the other has left it.
    for (let stream = 0; stream < streams; stream++) {
      const [forwards, backwards] = [
        store.getEventStream(`s${stream}`)[Symbol.iterator](),
        store.getEventStream(`s${stream}`).backwards()[Symbol.iterator](),
      ];
      const numbers = numbersOf(stream);
      for (let index = 0; index < numbers.length; index++) {
        expect(forwards.next().value).toMatchObject({ number: numbers[index] });
        expect(backwards.next().value).toMatchObject({ number: numbers.at(-1 - index) });
      }
      expect(forwards.next().done).toBe(true);
      expect(read(store.getEventStream(`s${stream}`, -5))).toEqual(numbers.slice(-5));
    }
  });

  it('believes no entry that leads to another event', async () => {
    await fill({});
    swapEntries(365, 366);
    const reader = await folder.reader();
    const iterator = reader.getEventStream('s1')[Symbol.iterator]();
    for (const number of numbersOf(1)) {
      if (number === 365) break;
      expect(iterator.next().value).toMatchObject({ number });
    }
    expect(() => iterator.next()).toThrow(expect.objectContaining({ code: 'CORRUPTION', position: 365 }));
    const writer = await folder.writer();
    expect(read(writer.getEventStream('s1'))).toEqual(numbersOf(1));
  });

  it('looks anew where entries were made again since', async () => {
    await fill({});
    const store = await folder.writer();
    const iterator = store.getEventStream('s1')[Symbol.iterator]();
    const numbers = numbersOf(1);
    const half = numbers.slice(0, 50);
    for (const number of half) expect(iterator.next().value).toMatchObject({ number });
    store.storage.reindex(0);
    expect(read({ [Symbol.iterator]: () => iterator as Iterator<unknown> })).toEqual(numbers.slice(50));
  });
});
