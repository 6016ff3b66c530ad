/**
 * Readers that are never notified: on network file systems, which report no changes, and where the watch is lost. The timer is
 * what counts.
 */
import { cpSync, renameSync } from 'node:fs';
import { type FileHandle, type FileSystem, nodeFileSystem, ReadOnlyEventStore } from '@varve/core';
import { expect, it } from 'vitest';
import { EventStore } from '../src/index.ts';
import { temporaryDirectory } from './temporary-directory.ts';

interface Numbered {
  readonly number: number;
}

const storageConfig = { segmentBytes: 16_384, eventsPerIndexRun: 64 };

function commit(writer: EventStore, count: number): void {
  for (let left = count; left > 0; left--) writer.commit(`s-${left % 3}`, { number: writer.position + 1 });
  writer.flush();
}

function numbersOf(reader: ReadOnlyEventStore): number[] {
  return reader.getAllEvents<Numbered>().events.map(({ number }) => number);
}

function numbers(to: number): number[] {
  return Array.from({ length: to }, (_, index) => index + 1);
}

/**
 * Files as the client of a network file system shows them at worst (NFS: "close-to-open"): whoever has a file open reads what
 * it contained when it was opened. Nothing is reported.
 */
function closeToOpen(): FileSystem {
  const open = (path: string, mode: 'read' | 'write' | 'create'): FileHandle => {
    const handle = nodeFileSystem.open(path, mode);
    const content = new Uint8Array(handle.sizeBytes());
    handle.read(content, 0, content.length, 0);
    return Object.assign(Object.create(handle) as FileHandle, {
      sizeBytes: () => content.length,
      read: (target: Uint8Array, offset: number, length: number, position: number) => {
        const part = content.subarray(position, position + length);
        target.set(part, offset);
        return part.length;
      },
      close: handle.close.bind(handle),
    });
  };
  return { ...nodeFileSystem, open, watch: () => expect.unreachable('It is not to be watched') };
}

it('A reader that is told not to watch sees new events', async () => {
  const storageDirectory = temporaryDirectory();
  await using writer = await EventStore.open('shop', { storageDirectory, storageConfig });
  const fileSystem: FileSystem = { ...nodeFileSystem, watch: () => expect.unreachable('It is not to be watched') };
  const options = { storageDirectory, watch: false, pollIntervalMs: 5, fileSystem };
  await using reader = await ReadOnlyEventStore.open('shop', options);
  for (const count of [1, 500, 1]) {
    commit(writer, count);
    await reader.waitFor(writer.position);
    expect(numbersOf(reader)).toEqual(numbers(writer.position));
  }
});

// The head was kept open, so that on such a file system a reader saw nothing new until the client's cache of its
// attributes ran out, which takes up to a minute.
it('A reader sees new events where only a file that is opened anew shows them', async () => {
  const storageDirectory = temporaryDirectory();
  await using writer = await EventStore.open('shop', { storageDirectory, storageConfig });
  commit(writer, 10);
  const options = { storageDirectory, watch: false, pollIntervalMs: 5, fileSystem: closeToOpen() };
  await using reader = await ReadOnlyEventStore.open('shop', options);
  for (const count of [1, 500, 1, 1000]) {
    commit(writer, count);
    await reader.waitFor(writer.position, { timeoutMs: 20_000 });
    expect(numbersOf(reader)).toEqual(numbers(writer.position));
  }
});

it('A reader whose folder cannot be watched goes on', async () => {
  const storageDirectory = temporaryDirectory();
  await using writer = await EventStore.open('shop', { storageDirectory, storageConfig });
  // As when the operating system has no more watches.
  const fileSystem: FileSystem = { ...nodeFileSystem, watch: () => undefined };
  await using reader = await ReadOnlyEventStore.open('shop', { storageDirectory, pollIntervalMs: 5, fileSystem });
  for (let round = 1; round <= 3; round++) {
    commit(writer, 100);
    await reader.waitFor(writer.position);
    expect(numbersOf(reader)).toEqual(numbers(writer.position));
  }
});

it('A reader whose watch is lost goes on', async () => {
  const [source, copies] = [temporaryDirectory(), temporaryDirectory()];
  await using writer = await EventStore.open('shop', { storageDirectory: source, storageConfig });
  commit(writer, 100);
  cpSync(`${source}/shop`, `${copies}/shop`, { recursive: true });
  await using reader = await ReadOnlyEventStore.open('shop', { storageDirectory: copies, pollIntervalMs: 20 });
  // The states of consumers stay where they are: a consumer whose own folder is replaced ends.
  const consumerDirectory = temporaryDirectory();
  const options = { storageDirectory: copies, pollIntervalMs: 20, consumerDirectory };
  await using consumed = await ReadOnlyEventStore.open('shop', options);
  const counter = consumed.getConsumer('_all', 'counter', { count: 0 });
  counter.on('data', () => counter.setState(({ count }) => ({ count: count + 1 })));
  await counter.waitFor(100);
  // Another folder replaces it: the watch is on the old one.
  renameSync(`${copies}/shop`, `${copies}/old`);
  cpSync(`${copies}/old`, `${copies}/shop`, { recursive: true });
  for (let round = 1; round <= 3; round++) {
    commit(writer, 100);
    // Data first, head last, into the existing files, as copies in place are made.
    cpSync(`${source}/shop`, `${copies}/shop`, { recursive: true, filter: (path) => !path.endsWith('/head') });
    cpSync(`${source}/shop/head`, `${copies}/shop/head`);
    await reader.waitFor(writer.position);
    expect(numbersOf(reader)).toEqual(numbers(writer.position));
    await counter.waitFor(writer.position);
    expect(counter.state).toEqual({ count: writer.position });
  }
});
