/**
 * Paths cannot leave the folders of a store, whatever a copy that somebody else made of it says: links, directories in
 * `store.json`, archives in the catalog. Each writer is refused, or stays where it belongs; nothing outside is changed.
 */
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { ReadOnlyEventStore } from '@varve/core';
import { encodeStoreDescription } from '@varve/core/internal';
import { describe, expect, it } from 'vitest';
import { EventStore, LOCK_RECLAIM, repairStore } from '../src/index.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** A store, and beside it a folder of somebody else. */
async function storeAndVictim(): Promise<{ root: string; store: string; victim: string; before: unknown }> {
  const root = temporaryDirectory();
  const writer = await EventStore.open('shop', { storageDirectory: root });
  writer.commit('orders', { n: 1 });
  await writer.close();
  const victim = join(root, 'victim');
  mkdirSync(join(victim, 'letters'), { recursive: true });
  writeFileSync(join(victim, 'diary'), 'x'.repeat(10_000));
  writeFileSync(join(victim, 'letters', 'one'), 'dear');
  return { root, store: join(root, 'shop'), victim, before: contents(victim) };
}

function contents(directory: string): unknown {
  const all = readdirSync(directory, { recursive: true, withFileTypes: true });
  return all
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort()
    .map((path) => [path, readable(path)]);
}

function readable(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return 'a folder';
  }
}

describe.skipIf(process.platform === 'win32')('symbolic links in a store', () => {
  it.each(['head', 'catalog', 'store.json', 'writer.lock', 'writer.json', 'positions-000000000001.idx'])(
    'are not written through: %s',
    async (name) => {
      const { root, store, victim, before } = await storeAndVictim();
      rmSync(join(store, name), { force: true });
      symlinkSync(join(victim, 'diary'), join(store, name));
      for (const storageConfig of [{}, { lock: LOCK_RECLAIM }] as const) {
        expect(() => new EventStore('shop', { storageDirectory: root, storageConfig })).toThrow(
          expect.objectContaining({ code: expect.stringMatching(/STORE_UNAVAILABLE|NOT_A_STORE/) as string }),
        );
      }
      await repairStore(store).catch(() => undefined);
      expect(contents(victim)).toEqual(before);
    },
  );

  it.each(['partitions', 'indexes', 'consumers', 'recovered', 'prevalence'])('are no folders: %s', async (name) => {
    const { root, store, victim, before } = await storeAndVictim();
    // Something to repair, which creates a folder in `recovered`.
    truncateSync(join(store, 'positions-000000000001.idx'), 0);
    rmSync(join(store, name), { recursive: true, force: true });
    symlinkSync(victim, join(store, name));
    expect(() => new EventStore('shop', { storageDirectory: root })).toThrow(
      expect.objectContaining({ code: 'STORE_UNAVAILABLE', path: join(store, name) }),
    );
    await expect(repairStore(store)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(contents(victim)).toEqual(before);
  });

  it('are not followed by the file of a consumer or of a segment', async () => {
    const { root, store, victim, before } = await storeAndVictim();
    mkdirSync(join(store, 'consumers'), { recursive: true });
    symlinkSync(join(victim, 'diary'), join(store, 'consumers', 'orders.mailer.state'));
    const reader = await ReadOnlyEventStore.open('shop', { storageDirectory: root });
    const consumer = reader.getConsumer('orders', 'mailer', { count: 0 });
    await expect(consumer.run(() => undefined)).rejects.toMatchObject({ code: 'CONSUMER_STATE' });
    await reader.close();
    const segment = join(store, 'partitions', '000001-shared', '00000000000000000000.seg');
    renameSync(segment, join(victim, 'moved'));
    symlinkSync(join(victim, 'moved'), segment);
    const moved = readFileSync(join(victim, 'moved'));
    const writer = new EventStore('shop', { storageDirectory: root });
    writer.on('error', () => undefined);
    let error: unknown;
    try {
      writer.commit('orders', { n: 2 });
      writer.flush();
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeDefined();
    await writer.close().catch(() => undefined);
    expect(readFileSync(join(victim, 'moved'))).toEqual(moved);
    rmSync(join(victim, 'moved'));
    expect(contents(victim)).toEqual(before);
  });
});

describe('directories that a store says its files are in', () => {
  it('are not used unless they say that they are its own', async () => {
    const { root, store, victim, before } = await storeAndVictim();
    const text = readFileSync(join(store, 'store.json'), 'utf8');
    const { id, codec, partitioner, created } = JSON.parse(text) as Record<
      'id' | 'codec' | 'partitioner' | 'created',
      string
    >;
    mkdirSync(join(victim, 'shop'));
    for (const place of ['dataDirectory', 'indexDirectory'] as const) {
      const description = { id, codec, partitioner, created, [place]: victim, version: 2 as const };
      writeFileSync(join(store, 'store.json'), encodeStoreDescription(description));
      expect(() => new EventStore('shop', { storageDirectory: root })).toThrow(
        expect.objectContaining({ code: 'WRONG_DIRECTORY' }),
      );
      await expect(ReadOnlyEventStore.open('shop', { storageDirectory: root })).rejects.toMatchObject({
        code: 'WRONG_DIRECTORY',
      });
    }
    rmSync(join(victim, 'shop'), { recursive: true });
    expect(contents(victim)).toEqual(before);
  });

  it('lead nowhere else by the names of partitions', async () => {
    const root = temporaryDirectory();
    const names = ['../../victim', '/etc', '..', '.', 'a/../../b', '\0', 'con', 'x'.repeat(200)];
    const storageConfig = { partitioner: (document: { stream: string }) => names[Number(document.stream.slice(1))]! };
    const store = await EventStore.open('shop', { storageDirectory: root, storageConfig });
    for (const [number] of names.entries()) store.commit(`s${number}`, { number });
    await store.close();
    expect(readdirSync(root)).toEqual(['shop']);
    const folders = readdirSync(join(root, 'shop', 'partitions'));
    expect(folders).toHaveLength(names.length);
    for (const folder of folders) expect(folder).toMatch(/^\d{6}-[a-z0-9_~-]*$/);
  });
});
