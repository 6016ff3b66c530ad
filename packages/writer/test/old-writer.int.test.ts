/**
 * What a lock cannot keep out: a writer that goes on although its lock is gone, because somebody removed the lock file, copied
 * the store's folder inside its process (POSIX drops a process's locks on a file when the process closes any descriptor of it),
 * or replaced the store's folder by another one. Such a writer used to write on: over the events of the writer that came after
 * it, or new segments into a store that is not its own.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { EventStore } from '../src/index.ts';
import { Child } from './processes/child.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const program = new URL('./processes/hold-store.ts', import.meta.url);
const lost = { code: 'WRITE_FAILED', cause: 'LOCK_LOST' };
const replaced = { code: 'WRITE_FAILED', cause: 'STORE_REPLACED' };

async function holder(storageDirectory: string, options: object = {}): Promise<Child> {
  const child = new Child(program, [storageDirectory, 'shop', JSON.stringify(options)]);
  expect(await child.next()).toBe('open');
  expect(await ask(child, 'commit')).toBe('committed');
  return child;
}

/** The answer of the process: a word, or the error. */
async function ask(child: Child, command: string): Promise<unknown> {
  child.send(command);
  const answer = await child.next();
  if (typeof answer === 'string') return answer;
  const { code, cause } = answer as { code: unknown; cause: unknown };
  return { code, cause };
}

function open(storageDirectory: string): EventStore {
  return new EventStore('shop', { storageDirectory });
}

/** Everything in the folder except the file that SQLite locks: reading that one would release the locks of this process. */
function files(directory: string): Record<string, string> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile() && entry.name !== 'writer.lock');
  return Object.fromEntries(
    paths.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path, readFileSync(path).toString('base64')];
    }),
  );
}

/** What the later writer committed is there, alone and whole, whatever the old one tried. */
async function expectAfter(storageDirectory: string, count: number): Promise<void> {
  await using store = await EventStore.open('shop', { storageDirectory });
  expect(store.getEventStream('_all').events).toEqual([
    { by: 'the holder' },
    ...Array.from({ length: count }, (_, index) => ({ next: index + 1 })),
  ]);
}

it('An old writer is stopped when its lock file was deleted and another writer opened the store', async () => {
  const storageDirectory = temporaryDirectory();
  const old = await holder(storageDirectory);
  rmSync(`${storageDirectory}/shop/writer.lock`);
  const next = open(storageDirectory);
  await next.commit('s', { next: 1 }).durable;
  const before = files(`${storageDirectory}/shop`);
  expect(await ask(old, 'commit')).toEqual(lost);
  expect(await ask(old, 'fill')).toEqual(lost);
  expect(files(`${storageDirectory}/shop`)).toEqual(before);
  await next.commit('s', { next: 2 }).durable;
  expect(await ask(old, 'close')).toBe('closed');
  await next.close();
  await expectAfter(storageDirectory, 2);
});

it('An old writer that was stopped while all of this happened is, too', async () => {
  const storageDirectory = temporaryDirectory();
  const old = await holder(storageDirectory);
  old.process.kill('SIGSTOP');
  rmSync(`${storageDirectory}/shop/writer.lock`);
  const next = open(storageDirectory);
  await next.commit('s', { next: 1 }).durable;
  await next.close();
  const before = files(`${storageDirectory}/shop`);
  old.process.kill('SIGCONT');
  expect(await ask(old, 'commit')).toEqual(lost);
  expect(await ask(old, 'close')).toBe('closed');
  expect(files(`${storageDirectory}/shop`)).toEqual(before);
  await expectAfter(storageDirectory, 1);
});

it('A writer whose process copied the folder has lost its lock, and ends when another one opens the store', async () => {
  const storageDirectory = temporaryDirectory();
  const old = await holder(storageDirectory);
  expect(await ask(old, 'copy')).toBe('copy');
  // Nobody else is there: it goes on.
  expect(await ask(old, 'commit')).toBe('committed');
  const next = open(storageDirectory);
  expect(next.position).toBe(2);
  await next.commit('s', { next: 1 }).durable;
  expect(await ask(old, 'commit')).toEqual(lost);
  await next.close();
  await using store = await EventStore.open('shop', { storageDirectory });
  expect(store.position).toBe(3);
});

it('A writer whose folder was moved, with a copy in its place, writes nothing into the copy', async () => {
  const storageDirectory = temporaryDirectory();
  const old = await holder(storageDirectory, { segmentBytes: 4_096 });
  cpSync(`${storageDirectory}/shop`, `${storageDirectory}/copy`, { recursive: true });
  renameSync(`${storageDirectory}/shop`, `${storageDirectory}/moved`);
  renameSync(`${storageDirectory}/copy`, `${storageDirectory}/shop`);
  const next = open(storageDirectory);
  await next.commit('s', { next: 1 }).durable;
  const before = files(`${storageDirectory}/shop`);
  // Enough for new segments, which are opened by their paths.
  for (let count = 0; count < 5; count++) expect(await ask(old, 'fill')).toEqual(replaced);
  expect(files(`${storageDirectory}/shop`)).toEqual(before);
  await next.close();
  await expectAfter(storageDirectory, 1);
});

it('A writer whose folder was removed says so, and makes no new one', async () => {
  const storageDirectory = temporaryDirectory();
  const old = await holder(storageDirectory, { segmentBytes: 4_096 });
  rmSync(`${storageDirectory}/shop`, { recursive: true });
  for (let count = 0; count < 5; count++) expect(await ask(old, 'fill')).toEqual(replaced);
  expect(await ask(old, 'close')).toBe('closed');
  expect(readdirSync(storageDirectory)).toEqual([]);
});

it('A writer whose files were replaced one by one by those of a copy writes no more', async () => {
  const storageDirectory = temporaryDirectory();
  const old = await holder(storageDirectory);
  mkdirSync(`${storageDirectory}/copy`);
  cpSync(`${storageDirectory}/shop`, `${storageDirectory}/copy/shop`, { recursive: true });
  expect(await ask(old, 'commit')).toBe('committed');
  renameSync(`${storageDirectory}/copy/shop/head`, `${storageDirectory}/shop/head`);
  expect(await ask(old, 'commit')).toEqual(replaced);
});
