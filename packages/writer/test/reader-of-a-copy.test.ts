/**
 * Readers of a copy that is being made, whose files are not all from one moment. A reader used to look only for the stream of
 * an event in the catalog: with the current head and frames and the catalog of a moment ago, it showed events that it could not
 * decode (SERIALIZATION). It shows an event when everything that is needed to read it is there.
 */
import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ReadOnlyEventStore } from '@varve/core';
import { expect, it } from 'vitest';
import { EventStore } from '../src/index.ts';
import { countFrom } from './counted-events.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** A store that grows by an event of a new shape, of a new stream, and of a derived stream, and a copy of it. */
async function growingStore(): Promise<{ writer: EventStore; source: string; copy: string }> {
  const storageDirectory = temporaryDirectory();
  const writer = await EventStore.open('shop', { storageDirectory });
  writer.createEventStream('paid', { type: 'Paid' });
  writer.commit('order-1', { type: 'Placed', total: 10 });
  writer.flush();
  const copies = temporaryDirectory();
  mkdirSync(join(copies, 'shop'));
  return { writer, source: join(storageDirectory, 'shop'), copy: join(copies, 'shop') };
}

function copyFile(from: string, to: string, name: string): void {
  cpSync(join(from, name), join(to, name), { recursive: true, preserveTimestamps: true });
}

function openCopy(copy: string): Promise<ReadOnlyEventStore> {
  return ReadOnlyEventStore.open('shop', { storageDirectory: join(copy, '..'), watch: false, pollIntervalMs: 1 });
}

const files = ['store.json', 'catalog', 'head', 'positions-000000000001.idx', 'partitions'];

it.each([
  ['an event of a new shape', { type: 'Placed', total: 7, currency: 'EUR' }, {}],
  ['a shape deep in an event', { type: 'Placed', total: { net: 6, tax: 1 } }, {}],
  ['metadata of a new shape', { type: 'Placed', total: 7 }, { by: 'anna', from: 'web' }],
])('A reader is behind where the catalog is: %s', async (_name, event, metadata) => {
  const { writer, source, copy } = await growingStore();
  for (const name of files) copyFile(source, copy, name);
  writer.commit('order-1', { type: 'Placed', total: 11 });
  writer.commit('order-1', event, metadata);
  writer.commit('order-1', { type: 'Placed', total: 12 });
  writer.flush();
  for (const name of files) if (name !== 'catalog') copyFile(source, copy, name);
  await using reader = await openCopy(copy);
  // It shows the events before the one that cannot be decoded yet.
  expect(reader.position).toBe(2);
  expect(reader.getEventStream('order-1').events).toHaveLength(2);
  copyFile(source, copy, 'catalog');
  await reader.waitFor(4);
  expect(reader.getEventStream('order-1').events.at(2)).toEqual(event);
  await writer.close();
});

it('A reader that is open stays behind when the head comes before the catalog', async () => {
  const { writer, source, copy } = await growingStore();
  for (const name of files) copyFile(source, copy, name);
  await using reader = await openCopy(copy);
  expect(reader.position).toBe(1);
  const failures: Error[] = [];
  reader.on('error', (error) => failures.push(error));
  writer.commit('order-1', { type: 'Placed', total: 7, currency: 'EUR' });
  writer.commit('order-2', { type: 'Paid', by: 'card' });
  writer.flush();
  for (const name of files) if (name !== 'catalog') copyFile(source, copy, name);
  reader.storage.poll();
  expect(reader.position).toBe(1);
  copyFile(source, copy, 'catalog');
  await reader.waitFor(3);
  expect(reader.getEventStream('paid').events).toEqual([{ type: 'Paid', by: 'card' }]);
  expect(failures).toEqual([]);
  await writer.close();
});

it('A reader is behind where a derived stream of an event is not in the catalog', async () => {
  const { writer, source, copy } = await growingStore();
  for (const name of files) copyFile(source, copy, name);
  writer.commit('order-1', { type: 'Placed', total: 11 });
  writer.createEventStream('large', { total: { $gt: 100 } });
  writer.commit('order-1', { type: 'Placed', total: 101 });
  writer.flush();
  for (const name of files) if (name !== 'catalog') copyFile(source, copy, name);
  await using reader = await openCopy(copy);
  expect(reader.position).toBe(2);
  copyFile(source, copy, 'catalog');
  await reader.waitFor(3);
  expect(reader.getEventStream('large').events).toHaveLength(1);
  await writer.close();
});

/** Commits events of one shape, many at a time. */
function commitMany(writer: EventStore, count: number): void {
  const events = Array.from({ length: 100 }, (_, total) => ({ type: 'Placed', total }));
  for (let done = 0; done < count; done += events.length) writer.commit('order-1', events);
  writer.flush();
}

it('A large copy whose catalog is behind is looked through in steps, and not all of it before it is open', async () => {
  const { writer, source, copy } = await growingStore();
  for (const name of files) copyFile(source, copy, name);
  commitMany(writer, 30_000);
  writer.commit('order-1', { type: 'Placed', total: 7, currency: 'EUR' });
  writer.flush();
  for (const name of files) if (name !== 'catalog') copyFile(source, copy, name);
  await using reader = new ReadOnlyEventStore('shop', { storageDirectory: join(copy, '..'), watch: false });
  expect(reader.position).toBeLessThan(10_000);
  expect(reader.getEventStream('order-1')).toHaveLength(reader.position);
  await reader.waitFor(30_001);
  expect(reader.getEventStream('order-1')).toHaveLength(30_001);
  expect(reader.position).toBe(30_001);
  await writer.close();
});

it('A copy whose catalog is behind has at once what was there when its writer began', async () => {
  const { writer: first, source, copy } = await growingStore();
  commitMany(first, 30_000);
  await first.close();
  const writer = await EventStore.open('shop', { storageDirectory: join(source, '..') });
  for (const name of files) copyFile(source, copy, name);
  writer.commit('order-1', { type: 'Placed', total: 11 });
  writer.commit('order-1', { type: 'Placed', total: 7, currency: 'EUR' });
  writer.flush();
  for (const name of files) if (name !== 'catalog') copyFile(source, copy, name);
  await using reader = await openCopy(copy);
  expect(reader.position).toBe(30_002);
  expect(reader.getEventStream('order-1')).toHaveLength(30_002);
  copyFile(source, copy, 'catalog');
  await reader.waitFor(30_003);
  await writer.close();
});

it('A head that was deleted, or has not come yet, is no empty store', async () => {
  const { writer, source, copy } = await growingStore();
  for (const name of files) if (name !== 'head') copyFile(source, copy, name);
  await expect(openCopy(copy)).rejects.toMatchObject({ code: 'CORRUPTION', path: join(copy, 'head') });
  const place = { storageDirectory: join(copy, '..'), watch: false, pollIntervalMs: 1 };
  const waiting = ReadOnlyEventStore.whenAvailable('shop', place);
  const late = ReadOnlyEventStore.whenAvailable('shop', place, { timeoutMs: 20 });
  await expect(late).rejects.toMatchObject({ code: 'TIMED_OUT' });
  copyFile(source, copy, 'head');
  await using reader = await waiting;
  expect(reader.getEventStream('order-1').events).toEqual([{ type: 'Placed', total: 10 }]);
  await writer.close();
});

it('A reader finds what is left of streams that were dropped in part when index runs were merged behind the data', async () => {
  const storageDirectory = temporaryDirectory();
  const storageConfig = { eventsPerIndexRun: 10, segmentBytes: 8192 };
  const writer = await EventStore.open('shop', { storageDirectory, storageConfig });
  const [source, copies] = [join(storageDirectory, 'shop'), temporaryDirectory()];
  const copy = join(copies, 'shop');
  const commitFrom = (first: number, last: number): void => {
    for (const number of countFrom(first, last)) {
      writer.commit(`numbers-${number % 2}`, { number, text: 'x'.repeat(300) });
    }
    writer.flush();
  };
  for (let run = 0; run < 7; run++) commitFrom(run * 10 + 1, run * 10 + 10);
  await writer.commit('other', { number: 71 }).durable;
  const { firstPosition } = await writer.drop({ before: 40 });
  expect(firstPosition).toBeGreaterThan(20);
  cpSync(source, copy, { recursive: true });
  commitFrom(72, 90);
  await writer.commit('other', { number: 91 }).durable;
  await expect.poll(() => readdirSync(join(source, 'indexes'))).toHaveLength(1);
  // As rsync does: files that are gone are removed, and partitions come last.
  rmSync(join(copy, 'indexes'), { recursive: true });
  for (const name of readdirSync(source)) if (name !== 'partitions') copyFile(source, copy, name);
  await using reader = await openCopy(copy);
  expect(reader.position).toBe(71);
  const numbersIn = (stream: Iterable<unknown>): number[] =>
    [...stream].map((event) => (event as { number: number }).number);
  const even = (last: number): number[] => countFrom(firstPosition, last).filter((number) => number % 2 === 0);
  const version = reader.getStreamVersion('numbers-0');
  expect(version).toBe(35);
  expect(numbersIn(reader.getEventStream('numbers-0', firstVersionOf(firstPosition)))).toEqual(even(70));
  copyFile(source, copy, 'partitions');
  await reader.waitFor(91);
  expect(numbersIn(reader.getEventStream('numbers-0', firstVersionOf(firstPosition)))).toEqual(even(90));
  expect(reader.getStreamVersion('numbers-0')).toBe(45);
  await writer.close();
});

/** Version of the first event of the even numbers that was not dropped. */
function firstVersionOf(position: number): number {
  return Math.ceil(position / 2);
}
