/** Blobs: bytes outside the model, by ids that identify their contents. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ManualClock, SimulatedDisk } from '@varve/core/testing';
import { EventStore } from '@varve/writer';
import { describe, expect, it } from 'vitest';
import { registry } from './registry.ts';
import { useStoreFolder } from './store-folder.ts';

const folder = useStoreFolder();

describe('a blob', () => {
  it('is kept by what it is, and read whole or in pieces, also by followers', async () => {
    const store = await folder.open();
    await using db = await registry.open(store);
    const bytes = Uint8Array.from({ length: 600_000 }, (_, index) => (index * 7) % 251);
    const id = await db.blobs.put(bytes);
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    expect(await db.blobs.put([bytes.subarray(0, 1000), bytes.subarray(1000)])).toBe(id);
    expect(Buffer.compare(db.blobs.get(id), bytes)).toBe(0);
    const pieces = [...db.blobs.stream(id)];
    expect(pieces.length).toBeGreaterThan(1);
    expect(Buffer.compare(Buffer.concat(pieces), bytes)).toBe(0);
    await db.do.note({ id: 'photo', text: id });
    await using follower = await registry.follow(join(folder.directory, 'store'));
    expect(follower.blobs.get(follower.model.notes['photo']!.text)).toHaveLength(bytes.length);
    expect([db.blobs.ids(), db.blobs.has(id), db.blobs.delete(id), db.blobs.delete(id)]).toEqual([
      [id],
      true,
      true,
      false,
    ]);
    expect(() => db.blobs.get(id)).toThrow(expect.objectContaining({ code: 'BLOB_MISSING' }));
    expect(() => db.blobs.get('../head')).toThrow(expect.objectContaining({ code: 'BLOB_MISSING' }));
  });

  // A bug once synced the file but not the names of its folders: a durable command then referred to nothing.
  it('is there after a loss of power', async () => {
    const disk = new SimulatedDisk();
    disk.makeDirectory('/data');
    const fileSystem = disk.startProcess();
    const config = { storageDirectory: '/data', storageConfig: { fileSystem, clock: new ManualClock() } };
    const store = await EventStore.open('store', config);
    const db = await registry.open(store);
    const id = await db.blobs.put(Buffer.from('kept'));
    await db.do.note({ id: 'text', text: id });
    const left = disk.medium.crashed(0, (file) => file.crashed(() => 'drop'));
    expect(left.files().filter(([path]) => path.endsWith(`/blobs/${id}.blob`))).toHaveLength(1);
    await db.close();
    await store.close();
  });

  it('is not mixed up with another that is kept at the same time', async () => {
    const store = await folder.open();
    await using db = await registry.open(store);
    await using follower = await registry.follow(join(folder.directory, 'store'));
    const slowly = async function* (letter: string): AsyncGenerator<Uint8Array> {
      for (let piece = 0; piece < 5; piece++) {
        yield Buffer.from(letter.repeat(10));
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const blobs = [db.blobs, follower.blobs, db.blobs];
    const ids = await Promise.all(blobs.map((kept, index) => kept.put(slowly('abc'[index]!))));
    expect(ids.map((id) => Buffer.from(db.blobs.get(id)).toString())).toEqual(
      ['a', 'b', 'c'].map((letter) => letter.repeat(50)),
    );
  });

  it('that was damaged is refused, and one that fails half-way leaves nothing', async () => {
    const store = await folder.open();
    await using db = await registry.open(store);
    const id = await db.blobs.put(Buffer.from('right'));
    const directory = join(folder.directory, 'store/prevalence/registry/blobs');
    writeFileSync(join(directory, readdirSync(directory)[0]!), 'wrong');
    expect(() => db.blobs.get(id)).toThrow(expect.objectContaining({ code: 'CORRUPTION' }));
    expect(() => [...db.blobs.stream(id)]).toThrow(expect.objectContaining({ code: 'CORRUPTION' }));
    const failing = function* (): Generator<Uint8Array> {
      yield Buffer.from('half');
      throw new Error('on purpose');
    };
    await expect(db.blobs.put(failing())).rejects.toThrow('on purpose');
    expect(readdirSync(directory)).toHaveLength(1);
  });
});
