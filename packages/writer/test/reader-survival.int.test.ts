/** Readers of a live store: they see each event once, in order, whatever happens to its files. */
import { chmodSync, copyFileSync, cpSync, mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type FileSystem, nodeFileSystem, ReadOnlyEventStore, type StoredEvent } from '@varve/core';
import { expect, it } from 'vitest';
import { EventStore } from '../src/index.ts';
import { anotherUserMayReadThis, isRoot } from './processes/another-user.ts';
import { Child } from './processes/child.ts';
import { temporaryDirectory } from './temporary-directory.ts';

interface Numbered {
  readonly number: number;
}

const throwingListener = new URL('./processes/throwing-listener.ts', import.meta.url);
const readerProgram = new URL('./processes/hash-reader.ts', import.meta.url);
const storageConfig = { segmentBytes: 16_384, eventsPerIndexRun: 64 };

function commit(writer: EventStore, count: number): void {
  for (let left = count; left > 0; left--) writer.commit(`s-${left % 3}`, { number: writer.position + 1 });
  writer.flush();
}

/** The numbers of the next `count` events. */
async function take(events: AsyncIterator<StoredEvent<Numbered>, undefined>, count: number): Promise<number[]> {
  const numbers: number[] = [];
  while (numbers.length < count) {
    const next = await events.next();
    if (next.done === true) break;
    numbers.push(next.value.payload.number);
  }
  return numbers;
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

// The error ended the reader, and every consumer with it, as if it were an error of the store.
it('A listener that throws is no failure of the reader', async () => {
  const child = new Child(throwingListener, [temporaryDirectory()]);
  expect(await child.next()).toEqual(['uncaught: mine', 'uncaught: mine', '2 events']);
});

// When a file was removed between two calls, the error of the operating system ended the reader, or kept it from being opened.
it('A file that is removed between a look at it and its opening is one that is not there', async () => {
  const storageDirectory = temporaryDirectory();
  let removed: RegExp | undefined;
  const fileSystem: FileSystem = {
    ...nodeFileSystem,
    open: (path, mode) => {
      if (removed?.test(path) !== true) return nodeFileSystem.open(path, mode);
      throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
    },
  };
  const first = await EventStore.open('shop', { storageDirectory, storageConfig });
  for (let number = 1; number <= 1100; number++) first.commit(`stream-${number}`, { number });
  await first.close();
  await using writer = await EventStore.open('shop', { storageDirectory, storageConfig });
  // The name index, which the writer had just replaced by another one.
  removed = /names-\d+\.idx$/;
  const options = { storageDirectory, fileSystem, watch: false, pollIntervalMs: 60_000 };
  await using reader = await ReadOnlyEventStore.open('shop', options);
  expect(reader.getStreamVersion('stream-7')).toBe(1);
  for (const [index, name] of [/\/head$/, /\/catalog$/].entries()) {
    removed = name;
    writer.commit(`late-${index}`, { number: 1101 + index });
    writer.flush();
    reader.storage.poll();
    expect(reader.position).toBe(1100 + index);
    removed = undefined;
    reader.storage.poll();
    expect(reader.position).toBe(1101 + index);
  }
});

it('Files that are replaced by rename, as copying tools do it, are read on', async () => {
  const [source, copies] = [temporaryDirectory(), temporaryDirectory()];
  await using writer = await EventStore.open('shop', { storageDirectory: source, storageConfig });
  commit(writer, 500);
  cpSync(source, copies, { recursive: true });
  const options = { storageDirectory: copies, replica: true, readCacheBytes: 1, pollIntervalMs: 5 };
  await using reader = await ReadOnlyEventStore.open('shop', options);
  const events = reader.getAllEvents<Numbered>().follow();
  expect(await take(events, 500)).toEqual(numbers(1, 500));
  const replace = (from: string, to: string): void => {
    mkdirSync(to, { recursive: true });
    for (const name of readdirSync(from)) {
      const [source, target] = [join(from, name), join(to, name)];
      if (statSync(source).isDirectory()) {
        replace(source, target);
      } else {
        copyFileSync(source, `${target}.new`);
        renameSync(`${target}.new`, target);
      }
    }
  };
  for (let round = 1; round <= 10; round++) {
    commit(writer, 100);
    replace(join(source, 'shop'), join(copies, 'shop'));
    expect(await take(events, 100)).toEqual(numbers(401 + round * 100, 500 + round * 100));
  }
});

it('Thirty readers of one store all see all of it', async () => {
  const storageDirectory = temporaryDirectory();
  await using writer = await EventStore.open('shop', { storageDirectory, storageConfig });
  commit(writer, 300);
  const readers = await Promise.all(
    Array.from({ length: 30 }, () => ReadOnlyEventStore.open('shop', { storageDirectory, readCacheBytes: 65_536 })),
  );
  const followed = readers.map((reader) => take(reader.getAllEvents<Numbered>().follow(), 2000));
  for (let round = 1; round <= 17; round++) {
    commit(writer, 100);
    await new Promise((resolve) => setImmediate(resolve));
  }
  for (const seen of await Promise.all(followed)) expect(seen).toEqual(numbers(1, 2000));
  await Promise.all(readers.map((reader) => reader.close()));
});

// Only root can be another user.
it.skipIf(!isRoot || !anotherUserMayReadThis)('A store that may only be read is followed', async () => {
  const storageDirectory = temporaryDirectory();
  chmodSync(storageDirectory, 0o755);
  await using writer = await EventStore.open('shop', { storageDirectory, storageConfig });
  commit(writer, 300);
  // A user who has no right to write anywhere in it.
  const reader = new Child(readerProgram, [storageDirectory, 'all'], { uid: 65_534 });
  expect(await reader.next()).toBe('open');
  commit(writer, 300);
  reader.process.send(600);
  expect(await reader.next()).toMatchObject({ seen: 600 });
  reader.process.disconnect();
});
