/** The order in which a flush and a sync touch the files: recovery and readers rely on it. */
import { type FileHandle, type FileSystem, nodeFileSystem } from '@varve/core';
import { expect, it } from 'vitest';
import { EventStore } from '../src/index.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** Logs what is written and synced, by the kind of the file. */
function logging(log: string[]): FileSystem {
  const name = (path: string): string =>
    path.endsWith('.seg') ? 'frames' : /[^/]*$/.exec(path)![0].replace(/-.*/, '');
  return {
    ...nodeFileSystem,
    open: (path, mode) => {
      const handle = nodeFileSystem.open(path, mode);
      const logged: FileHandle = {
        path,
        read: (...args) => handle.read(...args),
        write: (...args) => {
          log.push(`write ${name(path)}`);
          return handle.write(...args);
        },
        truncate: (sizeBytes) => handle.truncate(sizeBytes),
        sizeBytes: () => handle.sizeBytes(),
        sync: () => {
          log.push(`sync ${name(path)}`);
          handle.sync();
        },
        syncLater: async () => {
          await handle.syncLater();
          log.push(`sync ${name(path)}`);
        },
        close: () => handle.close(),
      };
      return logged;
    },
  };
}

it('writes names before frames before positions before the head, and says that they are durable after the sync', async () => {
  const log: string[] = [];
  await using store = await EventStore.open('store', {
    storageDirectory: temporaryDirectory(),
    storageConfig: { fileSystem: logging(log) },
  });
  // The first commit creates the files.
  await store.commit('first', { type: 'first' }).durable;
  log.length = 0;
  const commit = store.commit('new', { type: 'a' });
  store.commit('first', { type: 'b' });
  store.flush();
  expect(log).toEqual(['write catalog', 'write frames', 'write positions', 'write head']);
  log.length = 0;
  await commit.durable;
  expect(log.toSorted()).toEqual(['sync catalog', 'sync frames', 'write head']);
  expect(log.at(-1)).toBe('write head');
});
