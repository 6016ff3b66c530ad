/**
 * Readers beside a writer that recovers. Recovery used to cut the position index back and to write it again: until it had done
 * so, open readers treated the missing entries as damage, and readers that were opened began with an empty store.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FileHandle, type FileSystem, nodeFileSystem, ReadOnlyEventStore } from '@varve/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventStore } from '../src/index.ts';

const eventCount = 20_000;
let directory: string;
/** A store as its killed writer left it. */
let storageDirectory: string;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'readers-in-recovery-'));
  storageDirectory = join(directory, 'killed');
  const live = join(directory, 'live');
  await using store = await EventStore.open('shop', { storageDirectory: live });
  for (let number = 1; number <= eventCount; number++) store.commit(`order-${number % 7}`, { number });
  store.flush();
  cpSync(live, storageDirectory, { recursive: true });
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

/** The files of a writer, with a look after each change of its position index. */
function watched(look: () => void): FileSystem {
  const isIndex = (path: string): boolean => path.includes('positions-');
  const open = (path: string, mode: 'read' | 'write' | 'create'): FileHandle => {
    const handle = nodeFileSystem.open(path, mode);
    if (!isIndex(path)) return handle;
    const after = <Arguments extends unknown[], Result>(call: (...values: Arguments) => Result) => {
      return (...values: Arguments): Result => {
        const result = call.apply(handle, values);
        look();
        return result;
      };
    };
    return Object.assign(Object.create(handle) as FileHandle, {
      write: after(handle.write.bind(handle)),
      truncate: after(handle.truncate.bind(handle)),
    });
  };
  return { ...nodeFileSystem, open };
}

describe('readers beside a writer that recovers', () => {
  it('find every event that they had found before, whatever recovery has done so far', async () => {
    await using reader = await ReadOnlyEventStore.open('shop', { storageDirectory, readCacheBytes: 1 });
    expect(reader.position).toBe(eventCount);
    let looks = 0;
    const fileSystem = watched(() => {
      looks++;
      for (let position = 1; position <= eventCount; position += 499) {
        expect(reader.readEvent(position).payload).toEqual({ number: position });
      }
    });
    await using writer = await EventStore.open('shop', { storageDirectory, storageConfig: { fileSystem } });
    expect(writer.position).toBe(eventCount);
    expect(looks).toBeGreaterThan(0);
  });

  it('begin with all events when they are opened in the middle of it', async () => {
    const positions = new Set<number>();
    const fileSystem = watched(() => {
      const reader = new ReadOnlyEventStore('shop', { storageDirectory });
      positions.add(reader.position);
      void reader.close();
    });
    await using writer = await EventStore.open('shop', { storageDirectory, storageConfig: { fileSystem } });
    expect(writer.position).toBe(eventCount);
    expect([...positions]).toEqual([eventCount]);
  });
});
