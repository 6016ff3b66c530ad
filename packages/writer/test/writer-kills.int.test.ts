/**
 * A writer that is killed again and again under readers in processes of their own: meanwhile segments are rolled and index runs
 * merged. Each reader, through all of it, has seen each event once, in order, and nothing else. `VARVE_WRITER_KILLS=50` for the
 * long form.
 */
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { ReadOnlyEventStore } from '@varve/core';
import { expect, it } from 'vitest';
import { EventStore } from '../src/index.ts';
import { Child } from './processes/child.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const writerProgram = new URL('./processes/killed-writer.ts', import.meta.url);
const readerProgram = new URL('./processes/hash-reader.ts', import.meta.url);
const kills = Number(process.env['VARVE_WRITER_KILLS'] ?? 6);

it('Readers see exactly the log, however often the writer is killed', { timeout: 600_000 }, async () => {
  const storageDirectory = temporaryDirectory();
  await (await EventStore.open('shop', { storageDirectory })).close();
  const readers = ['all', 'category', 'consumer', 'all'].map(
    (way) => new Child(readerProgram, [storageDirectory, way]),
  );
  for (const reader of readers) expect(await reader.next()).toBe('open');
  for (let round = 1; round <= kills; round++) {
    const writer = new Child(writerProgram, [storageDirectory]);
    for (let reports = round % 4; reports >= 0; reports--) expect(await writer.next()).toEqual(expect.any(Number));
    await writer.kill();
  }
  // What the last writer left is recovered before anybody is asked.
  await (await EventStore.open('shop', { storageDirectory })).close();
  await using store = await ReadOnlyEventStore.open('shop', { storageDirectory });
  for (const reader of readers) reader.process.send(store.position);
  const hash = createHash('sha256');
  for (const { payload, metadata } of store.getAllEvents().stored()) {
    hash.update(`${metadata.position} ${metadata.stream} ${JSON.stringify(payload)}\n`);
    expect(payload).toMatchObject({ number: metadata.position });
  }
  const expected = { seen: store.position, hash: hash.digest('hex') };
  for (const reader of readers) {
    expect(await reader.next()).toEqual(expected);
    reader.process.disconnect();
  }
  expect(readdirSync(`${storageDirectory}/shop/partitions/000001-shared`).length).toBeGreaterThan(1);
  expect(readdirSync(`${storageDirectory}/shop/indexes`).length).toBeGreaterThan(0);
  console.log(`${kills} kills of the writer, ${store.position} events seen by each of ${readers.length} readers.`);
});
