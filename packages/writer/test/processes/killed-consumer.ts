/**
 * Runs a consumer until it has handled everything, and kills itself with SIGKILL at one of its calls that change its file:
 * before it, after it, or in the middle of a write. Arguments: the storage directory, how many events between two saves,
 * the number of the call, and 'before', 'half' or 'after'.
 */
import { type FileHandle, type FileSystem, nodeFileSystem, ReadOnlyEventStore } from '@varve/core';
import { fold, type Fold, type Numbered, startOfFold } from './fold.ts';

const [storageDirectory, everyEvents, killAt, moment] = process.argv.slice(2) as [string, string, string, string];
let calls = 0;

function die(): void {
  process.kill(process.pid, 'SIGKILL');
  // The process is dead before it gets here; if not, it does nothing more.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

function change<Result>(call: () => Result, half: () => void = () => undefined): Result {
  const isChosen = ++calls === Number(killAt);
  if (isChosen && moment !== 'after') {
    if (moment === 'half') half();
    die();
  }
  const result = call();
  if (isChosen) die();
  return result;
}

function open(path: string, mode: 'read' | 'write' | 'create'): FileHandle {
  const handle = nodeFileSystem.open(path, mode);
  if (mode === 'read' || !path.includes('.state')) return handle;
  return Object.assign(Object.create(handle) as FileHandle, {
    write: (source: Uint8Array, offset: number, length: number, position: number) =>
      change(
        () => handle.write(source, offset, length, position),
        () => handle.write(source, offset, Math.floor(length / 2), position),
      ),
    truncate: (size: number) => change(() => handle.truncate(size)),
    read: handle.read.bind(handle),
    sizeBytes: handle.sizeBytes.bind(handle),
    sync: handle.sync.bind(handle),
    close: handle.close.bind(handle),
  });
}

const fileSystem: FileSystem = {
  ...nodeFileSystem,
  open,
  rename: (from, to) => change(() => nodeFileSystem.rename(from, to)),
};

await using store = await ReadOnlyEventStore.open('shop', { storageDirectory, fileSystem });
const checkpoint = { everyEvents: Number(everyEvents), onCaughtUp: false };
const consumer = store.getConsumer<Fold, Numbered>('_all', 'folder', startOfFold, 0, { checkpoint });
const done = new AbortController();
consumer.on('caught-up', () => done.abort());
await consumer.run((event) => consumer.setState((state) => fold(state, event)), done);
