/** Stores whose frames are compressed: what is read from them, by whom, and how often a frame is decompressed. */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { ReadOnlyEventStore } from '@varve/core';
import { encodeStoreDescription } from '@varve/core/internal';
import { describe, expect, it, vi } from 'vitest';
import { type CompressionOption, EventStore, type WriteOptions } from '../src/index.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const order = { type: 'OrderPlaced', orderId: 'order-0', customer: 'Ada Lovelace', city: 'London', currency: 'GBP' };
const ordersFrom = (first: number, count: number): object[] =>
  Array.from({ length: count }, (_, index) => ({ ...order, orderId: `order-${first + index}` }));

function open(storageDirectory: string, storageConfig: WriteOptions = {}): Promise<EventStore> {
  return EventStore.open('store', { storageDirectory, storageConfig });
}

function partitionBytes(storageDirectory: string): number {
  const folder = `${storageDirectory}/store/partitions`;
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(`${folder}/${name}`))
    .reduce((sum, status) => sum + (status.isFile() ? status.size : 0), 0);
}

const options: readonly [string, CompressionOption][] = [
  ['zstd', 'zstd'],
  ['deflate', 'deflate'],
  ['zstd with a dictionary', { algorithm: 'zstd', dictionary: [order] }],
  ['deflate with a dictionary', { algorithm: 'deflate', dictionary: Buffer.from(JSON.stringify(order)) }],
];

describe.each(options)('a store compressed with %s', (_, compression) => {
  it.each(['msgpackr', 'json'] as const)('gives back what was committed (%s)', async (serializer) => {
    const directory = temporaryDirectory();
    const expected = [...ordersFrom(0, 1), ...ordersFrom(1, 100), ...ordersFrom(101, 10)];
    {
      await using store = await open(directory, { compression, serializer });
      store.commit('orders', ordersFrom(0, 1));
      store.commit('orders', ordersFrom(1, 100), { user: 'u' });
      store.commit('orders', ordersFrom(101, 10));
      // From the write buffer, before anything is on disk.
      expect(store.getEventStream('orders').events).toEqual(expected);
    }
    await using store = await open(directory);
    expect(store.getEventStream('orders').events).toEqual(expected);
    expect(store.readEvent(50)).toMatchObject({ payload: expected[49], metadata: { user: 'u', commitVersion: 48 } });
    await using reader = await ReadOnlyEventStore.open('store', { storageDirectory: directory });
    expect(reader.getEventStream('orders', -1, 1).events).toEqual(expected.toReversed());
    store.commit('orders', ordersFrom(111, 100));
    store.flush();
    await reader.waitFor(211);
    expect(reader.readEvent(211).payload).toEqual(ordersFrom(210, 1)[0]);
  });

  it('keeps frames of several partitions apart', async () => {
    const directory = temporaryDirectory();
    const partitioner = (_event: unknown, position: number): string => (position % 20 < 10 ? 'low' : 'high');
    const expected = ordersFrom(0, 100);
    {
      await using store = await open(directory, { compression, partitioner });
      store.commit('orders', expected, { user: 'u' });
    }
    await using reader = await ReadOnlyEventStore.open('store', { storageDirectory: directory });
    expect(reader.getAllEvents().events).toEqual(expected);
    expect(reader.readEvent(100).metadata).toMatchObject({ user: 'u', commitVersion: 99, commitSize: 100 });
  });

  it('takes less room', async () => {
    const sizes: number[] = [];
    for (const chosen of ['none', compression] as const) {
      const directory = temporaryDirectory();
      await using store = await open(directory, { compression: chosen });
      for (let commit = 0; commit < 20; commit++) store.commit('orders', ordersFrom(commit * 100, 100));
      store.flush();
      sizes.push(partitionBytes(directory));
    }
    expect(sizes[1]).toBeLessThan(sizes[0]! / 3);
  });
});

describe('compression', () => {
  it('decompresses a frame once, however many of its events are read', async () => {
    const directory = temporaryDirectory();
    await using store = await open(directory, { compression: 'zstd' });
    store.commit('orders', ordersFrom(0, 100), { user: 'u' });
    const decompress = vi.spyOn(store.storage.compressor!, 'decompress');
    let count = 0;
    store.getEventStream('orders').forEach((_event, metadata) => void (count += metadata['user'] === 'u' ? 1 : 0));
    expect(count).toBe(100);
    expect(decompress).toHaveBeenCalledTimes(1);
  });

  it('is recorded when the store is made, and cannot be changed afterwards', async () => {
    const directory = temporaryDirectory();
    await (await open(directory, { compression: { algorithm: 'deflate', dictionary: [order] } })).close();
    const description = JSON.parse(readFileSync(`${directory}/store/store.json`, 'utf8')) as Record<string, unknown>;
    expect(description).toMatchObject({ compression: 'deflate', dictionary: expect.any(String) as string });
    await expect(open(directory, { compression: 'zstd' })).rejects.toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', expected: 'deflate', found: 'zstd' }),
    );
    await (await open(directory, { compression: 'deflate' })).close();
  });

  it.each([
    ['with another algorithm', { algorithm: 'deflate', dictionary: new Uint8Array(0) }, 'cannot be decompressed'],
    ['without one', undefined, 'is compressed, and the store is not'],
  ])('names the frame that cannot be read in a store %s', async (_, compression, message) => {
    const directory = temporaryDirectory();
    {
      await using store = await open(directory, { compression: 'zstd' });
      store.commit('orders', { type: 'First' });
      store.commit('orders', ordersFrom(0, 100));
      const { compression: _recorded, ...description } = store.storage.description;
      const forged = { ...description, ...(compression === undefined ? {} : { compression }) };
      writeFileSync(`${directory}/store/store.json`, encodeStoreDescription(forged));
    }
    await using store = await open(directory);
    expect(store.readEvent(1).payload).toEqual({ type: 'First' });
    expect(() => store.readEvent(50)).toThrow(
      expect.objectContaining({
        code: 'CORRUPTION',
        position: 2,
        message: expect.stringContaining(message) as string,
      }),
    );
  });

  it('leaves no trace in a store without it', async () => {
    const directory = temporaryDirectory();
    await using store = await open(directory);
    expect(store.storage.compressor).toBeUndefined();
    expect(readFileSync(`${directory}/store/store.json`, 'utf8')).not.toContain('compression');
  });

  it.each(['lz4', 1, {}, { algorithm: 'gzip' }, { algorithm: 'zstd', dictionary: 'text' }])(
    'cannot be %j',
    async (value) => {
      await expect(open(temporaryDirectory(), { compression: value as never })).rejects.toThrow(
        expect.objectContaining({ code: 'INVALID_OPTION' }),
      );
    },
  );

  it('refuses a dictionary that is too large before anything is made', async () => {
    const directory = temporaryDirectory();
    const compression = { algorithm: 'zstd', dictionary: Buffer.alloc(40_000) } as const;
    await expect(open(directory, { compression })).rejects.toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    await (await open(directory)).close();
  });
});
