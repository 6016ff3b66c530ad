/** Rule 7, with real processes: one writer at a time, whoever it is, and another one as soon as it is gone. */
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { EventStore } from '../src/index.ts';
import { Child } from './processes/child.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const program = new URL('./processes/hold-store.ts', import.meta.url);

const refused = expect.objectContaining({
  code: 'STORE_LOCKED',
  hint: expect.stringContaining('readOnly') as string,
}) as Error;

function open(storageDirectory: string): EventStore {
  return new EventStore('shop', { storageDirectory });
}

function files(directory: string): Record<string, string> {
  const names = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    names.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path, readFileSync(path).toString('base64')];
    }),
  );
}

describe('a second writer', () => {
  it('is refused in the same process, and changes nothing', async () => {
    const storageDirectory = temporaryDirectory();
    await using first = open(storageDirectory);
    await first.commit('s', { n: 1 }).flushed;
    const before = files(storageDirectory);
    expect(() => open(storageDirectory)).toThrow(refused);
    expect(() => open(`${storageDirectory}/`)).toThrow(refused);
    expect(files(storageDirectory)).toEqual(before);
    // The refused one must not have released the lock of the first, as closing a descriptor of the file would.
    expect(() => open(storageDirectory)).toThrow(refused);
    first.commit('s', { n: 2 }, 1);
    await first.close();
    await using second = open(storageDirectory);
    expect(second.getEventStream('s').length).toBe(2);
  });

  it('is refused in a thread, and from a thread', async () => {
    const storageDirectory = temporaryDirectory();
    const first = open(storageDirectory);
    const worker = new Worker(program, { workerData: [storageDirectory, 'shop'] });
    expect((await once(worker, 'message'))[0]).toEqual(refused);
    await first.close();
    const holder = new Worker(program, { workerData: [storageDirectory, 'shop'] });
    expect((await once(holder, 'message'))[0]).toBe('open');
    expect(() => open(storageDirectory)).toThrow(refused);
    // A thread that is terminated without closing anything releases the lock as well.
    await holder.terminate();
    await using last = open(storageDirectory);
    expect(last.position).toBe(0);
  });

  it('is refused in another process, and gets the store at once when the holder is killed', async () => {
    const storageDirectory = temporaryDirectory();
    for (let round = 1; round <= 3; round++) {
      const holder = new Child(program, [storageDirectory, 'shop']);
      expect(await holder.next()).toBe('open');
      holder.send('commit');
      expect(await holder.next()).toBe('committed');
      const error = await new Child(program, [storageDirectory, 'shop']).next();
      expect(error).toEqual(refused);
      expect((error as { message: string }).message).toContain(`process ${String(holder.process.pid)}`);
      expect(() => open(storageDirectory)).toThrow(refused);
      await holder.kill();
      const next = open(storageDirectory);
      expect(next.getStreamVersion('held')).toBe(round);
      await next.close();
    }
  });

  it('gets the store when the holder closes it, or ends without doing so', async () => {
    const storageDirectory = temporaryDirectory();
    const holder = new Child(program, [storageDirectory, 'shop']);
    expect(await holder.next()).toBe('open');
    holder.send('close');
    expect(await holder.next()).toBe('closed');
    const careless = new Child(program, [storageDirectory, 'shop']);
    expect(await careless.next()).toBe('open');
    careless.process.kill('SIGTERM');
    await once(careless.process, 'exit');
    await using next = open(storageDirectory);
    expect(next.storage.epoch).toBe(3);
  });

  it('waits for no holder that is stopped: the lock is not stolen', async () => {
    const storageDirectory = temporaryDirectory();
    const holder = new Child(program, [storageDirectory, 'shop']);
    expect(await holder.next()).toBe('open');
    holder.process.kill('SIGSTOP');
    expect(() => open(storageDirectory)).toThrow(refused);
    holder.process.kill('SIGCONT');
    holder.send('commit');
    expect(await holder.next()).toBe('committed');
  });
});
