import { describe, expect, test } from 'vitest';
import { hasErrorCode } from '@varve/core';
import { ManualClock } from '@varve/core/testing';
import { byTime, hashed, type PartitionerDocument, type PartitionerOption } from '@varve/writer';
import { StoresOnDisk } from './stores-on-disk.ts';

const streams = ['user-1', 'user-2', 'user/a3/3', 'order-1', 'audit'];

async function partitionsOf(partitioner: PartitionerOption): Promise<string[]> {
  const stores = new StoresOnDisk();
  const store = stores.open({ partitioner });
  for (const stream of streams) store.commit(stream, [{ n: 1 }, { n: 2 }]);
  await store.close();
  const reopened = stores.open(typeof partitioner === 'function' ? { partitioner } : {});
  for (const stream of streams) {
    reopened.commit(stream, { n: 3 });
    expect([...reopened.getEventStream(stream)]).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  }
  expect(reopened.getAllEvents().length).toBe(streams.length * 3);
  await reopened.close();
  return stores.partitions();
}

describe('partitioners', () => {
  test('put streams where they say, and are known again from the store', async () => {
    expect(await partitionsOf('shared')).toEqual(['shared']);
    expect(await partitionsOf('perStream')).toEqual(['audit', 'order-1', 'user-1', 'user-2', 'user2fa32f3']);
    expect(await partitionsOf('perCategory')).toEqual(['audit', 'order', 'user']);
    const hashes = await partitionsOf(hashed(3));
    expect(hashes.length).toBeGreaterThan(1);
    expect(['hash-0', 'hash-1', 'hash-2']).toEqual(expect.arrayContaining(hashes));
  });

  test('byTime begins a partition with each unit of time', async () => {
    const stores = new StoresOnDisk();
    const clock = new ManualClock(Date.UTC(2026, 1, 28, 23, 59, 59) * 1000);
    const store = stores.open({ partitioner: byTime('day'), clock });
    store.commit('a', { n: 1 });
    clock.advance(2000);
    store.commit('a', [{ n: 2 }, { n: 3 }]);
    expect([...store.getEventStream('a')]).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    await store.close();
    expect(stores.partitions()).toEqual(['2026-02-28', '2026-03-01']);
  });

  test('a function sees the document as it will be read, and may spread a commit', async () => {
    const stores = new StoresOnDisk();
    const seen: PartitionerDocument[] = [];
    const store = stores.open({
      partitioner: (document, position) => {
        seen.push(document);
        return `part-${position % 2}`;
      },
    });
    store.commit('a', [{ n: 1 }, { n: 2 }, { n: 3 }], { user: 'anna' });
    const stored = [...store.getEventStream('a').stored()];
    expect(stored.map((event) => event.payload)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    expect(seen).toEqual(
      stored.map(({ stream, payload, metadata }) => {
        return { stream, payload, metadata, committedAt: metadata.committedAt };
      }),
    );
    await store.close();
    expect(stores.partitions()).toEqual(['part-0', 'part-1']);
  });

  test('refuse what names no partition, with nothing left behind', async () => {
    const stores = new StoresOnDisk();
    let name = '';
    const store = stores.open({ partitioner: () => name });
    expect(() => store.commit('a', { n: 1 })).toThrow('cannot name a partition');
    expect([store.position, store.hasStream('a')]).toEqual([0, false]);
    name = 'all';
    expect(store.commit('a', { n: 1 }).position).toBe(1);
    await store.close();
    expect(stores.partitions()).toEqual(['all']);
  });

  test('their arguments are checked', () => {
    for (const call of [() => hashed(0), () => hashed(1.5), () => hashed(1e9), () => byTime('week' as 'day')]) {
      let error: unknown;
      try {
        call();
      } catch (thrown) {
        error = thrown;
      }
      expect(hasErrorCode(error, 'INVALID_OPTION')).toBe(true);
    }
    expect(() => new StoresOnDisk().open({ partitioner: 'hashed(0)' })).toThrow('perCategory');
  });

  test('metadata of partitions and streams is asked for once, kept, and read by other processes', async () => {
    const stores = new StoresOnDisk();
    const asked: string[] = [];
    const options = {
      partitioner: 'perCategory',
      metadata: (partition: string) => {
        asked.push(partition);
        return { owner: `team ${partition}` };
      },
    } as const;
    const config = {
      streamMetadata: (stream: string) => (asked.push(stream), stream === 'user-1' ? { vip: true } : undefined),
    };
    const store = stores.open(options, config);
    store.commit('user-1', { n: 1 });
    store.commitAll([
      { stream: 'user-1', events: { n: 2 } },
      { stream: 'user-2', events: { n: 1 } },
      { stream: 'order-1', events: { n: 1 } },
    ]);
    await store.close();
    const again = stores.open(options, config);
    again.commit('user-2', { n: 2 });
    await again.close();
    expect(asked.sort()).toEqual(['order', 'order-1', 'user', 'user-1', 'user-2']);
    const reader = stores.openReader();
    expect(reader.getPartitionMetadata('user')).toEqual({ owner: 'team user' });
    expect(reader.getPartitionMetadata('nobody')).toBeUndefined();
    expect([reader.getStreamMetadata('user-1'), reader.getStreamMetadata('user-2')]).toEqual([
      { vip: true },
      undefined,
    ]);
    await reader.close();
  });

  // It was refused when its record was made, by an error without a code.
  test('metadata that is no object as JSON refuses the commit', async () => {
    const streamMetadata = (): Record<string, unknown> => ({ toJSON: () => 'a text' });
    const store = new StoresOnDisk().open({}, { streamMetadata });
    expect(() => store.commit('a', { n: 1 })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    await store.close();
  });

  test('metadata that cannot be kept refuses the commit', async () => {
    const stores = new StoresOnDisk();
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;
    const store = stores.open({ metadata: () => cyclic });
    expect(() => store.commit('a', { n: 1 })).toThrow('The option `metadata` gave metadata for "shared"');
    expect([store.position, store.hasStream('a')]).toEqual([0, false]);
    await store.close();
    expect(stores.partitions()).toEqual([]);
  });

  test('segments roll by size', async () => {
    const stores = new StoresOnDisk();
    const store = stores.open({ segmentBytes: 1000 });
    for (let n = 1; n <= 100; n++) store.commit('a', { n, text: 'x'.repeat(50) });
    store.flush();
    const segments = stores.disk.startProcess().list('/data/store/partitions/000001-shared') ?? [];
    expect(segments.length).toBeGreaterThan(5);
    for (const name of segments) {
      const status = stores.disk.startProcess().stat(`/data/store/partitions/000001-shared/${name}`);
      expect(status!.sizeBytes).toBeLessThanOrEqual(1000);
    }
    await store.close();
    const reader = stores.openReader();
    expect(reader.getEventStream<{ n: number }>('a').events.map(({ n }) => n)).toEqual(
      Array.from({ length: 100 }, (_, index) => index + 1),
    );
    await reader.close();
  });
});
