import { readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { EventMetadata } from '@varve/core';
import { describe, expect, it } from 'vitest';
import { commitMany, numbers, useStoreFolder } from './store-folder.ts';

const { writer, reader } = useStoreFolder();

describe('a derived stream', () => {
  it('has the events before it and those after it, in versions of its own', async () => {
    const store = await writer();
    commitMany(store, 10);
    const stream = store.createEventStream('evens', { type: 'Even' });
    expect(numbers(stream)).toEqual([2, 4, 6, 8, 10]);
    store.commit('s-1', [
      { type: 'Even', n: 12 },
      { type: 'Odd', n: 13 },
      { type: 'Even', n: 14 },
    ]);
    expect(numbers(stream)).toEqual([2, 4, 6, 8, 10]);
    expect(numbers(store.getEventStream('evens'))).toEqual([2, 4, 6, 8, 10, 12, 14]);
    expect(numbers(store.getEventStream('evens', -2, -1))).toEqual([12, 14]);
    expect(numbers(store.getEventStream('evens', 5, 3))).toEqual([10, 8, 6]);
    expect(store.getStreamVersion('evens')).toBe(7);
    expect(store.hasStream('evens')).toBe(true);
    expect(store.streamNames()).not.toContain('evens');
  });

  it('takes a function, as the seeds have it', async () => {
    const eventstore = await writer();
    eventstore.commit('foo', [{ type: 'FooHappened' }, { type: 'BazHappened' }, { type: 'BarHappened' }]);
    const myProjectionStream = eventstore.createStream('my-projection-stream', (event) =>
      ['FooHappened', 'BarHappened'].includes(event.type),
    );
    const types: unknown[] = [];
    for (const event of myProjectionStream) types.push((event as { type: string }).type);
    expect(types).toEqual(['FooHappened', 'BarHappened']);
  });

  it('is there after the store was opened again, and goes on', async () => {
    const first = await writer();
    commitMany(first, 4);
    first.createEventStream('evens', { type: 'Even' });
    commitMany(first, 4);
    await first.close();
    const second = await writer();
    commitMany(second, 4);
    expect(numbers(second.getEventStream('evens'))).toEqual([2, 4, 2, 4, 2, 4]);
    expect(numbers(second.createEventStream('evens', { type: 'Even' }))).toEqual([2, 4, 2, 4, 2, 4]);
  });

  it('is found after a crash, with every event that is found', async () => {
    const first = await writer();
    commitMany(first, 4);
    first.createEventStream('evens', { type: 'Even' });
    commitMany(first, 4);
    first.flush();
    first.storage.close();
    const second = await writer();
    expect(numbers(second.getEventStream('evens'))).toEqual([2, 4, 2, 4]);
  });

  it('is read by name in a process that does not know the matcher', async () => {
    const store = await writer();
    commitMany(store, 4);
    const before = await reader();
    expect(before.getStreamVersion('evens')).toBe(0);
    store.createEventStream('evens', { type: 'Even' });
    commitMany(store, 2);
    store.flush();
    const after = await reader();
    expect(numbers(after.getEventStream('evens'))).toEqual([2, 4, 2]);
    before.storage.poll();
    expect(numbers(before.getEventStream('evens'))).toEqual([2, 4, 2]);
    expect(before.getStreamVersion('evens')).toBe(3);
  });

  it('is not there yet for a reader that has not seen the events that it was made over', async () => {
    const store = await writer();
    commitMany(store, 2);
    store.flush();
    const behind = await reader();
    commitMany(store, 2);
    store.createEventStream('evens', { type: 'Even' });
    expect(numbers(behind.getEventStream('evens'))).toEqual([]);
    behind.storage.poll();
    expect(numbers(behind.getEventStream('evens'))).toEqual([2, 2]);
  });

  it('counts its versions at a position in the middle of its backfill', async () => {
    const store = await writer();
    commitMany(store, 10);
    store.createEventStream('evens', { type: 'Even' });
    commitMany(store, 2);
    const { id } = store.storage.streamNamed('evens')!;
    expect([3, 10, 11, 12].map((position) => store.storage.streamVersionAt(id, position))).toEqual([1, 5, 5, 6]);
  });

  it('feeds a consumer', async () => {
    const store = await writer();
    commitMany(store, 4);
    store.createEventStream('evens', { type: 'Even' });
    const consumer = store.getConsumer('evens', 'counter', { sum: 0 });
    const seen: number[] = [];
    await new Promise<void>((resolve) => {
      consumer.on('data', (event) => {
        seen.push((event as { n: number }).n);
        if (seen.length === 3) resolve();
      });
      commitMany(store, 2);
    });
    await consumer.stop();
    expect(seen).toEqual([2, 4, 2]);
  });

  it('decodes its own events and no others', async () => {
    let decoded = 0;
    const serializer = {
      serialize: (value: unknown) => JSON.stringify(value),
      deserialize: (text: string) => {
        decoded++;
        return JSON.parse(text) as unknown;
      },
    };
    const store = await writer({ serializer });
    store.createEventStream('rare', { type: 'Rare' });
    store.commit(
      's',
      Array.from({ length: 1000 }, (_, n) => ({ type: n === 500 ? 'Rare' : 'Common', n })),
    );
    decoded = 0;
    expect(numbers(store.getEventStream('rare'))).toEqual([500]);
    expect(decoded).toBe(1);
  });

  it('matches metadata, which are the same for events before it and after it', async () => {
    const store = await writer();
    store.commit('a', { type: 'X' }, { user: 'anna' });
    const seen: EventMetadata[] = [];
    store.createEventStream('all', (_event, metadata) => seen.push(metadata) > 0);
    store.createEventStream('annas', { type: 'X' }, { metadata: { user: 'anna', stream: ['a', 'b'] } });
    store.commit('b', [{ type: 'X' }, { type: 'Y' }], { user: 'anna' });
    store.commit('b', { type: 'X' }, { user: 'ben' });
    const stored = [...store.getAllEvents().stored()].map(({ metadata }) => metadata);
    expect(seen).toEqual(stored);
    expect([...store.getEventStream('annas').stored()].map(({ metadata }) => metadata.position)).toEqual([1, 2]);
  });

  it.each(['perStream', 'shared'] as const)('works with partitions %s', async (partitioner) => {
    const store = await writer({
      partitioner: partitioner === 'shared' ? (_e, position) => `p${position % 2}` : partitioner,
    });
    store.createEventStream('evens', { type: 'Even' });
    store.commit(
      'x',
      [1, 2, 3, 4].map((n) => ({ type: n % 2 === 0 ? 'Even' : 'Odd', n })),
    );
    store.flush();
    expect(numbers((await reader()).getEventStream('evens'))).toEqual([2, 4]);
  });
});

describe('a derived stream that is deleted', () => {
  it('is gone, here and for readers, and its events are not', async () => {
    const store = await writer();
    commitMany(store, 4);
    store.createEventStream('evens', { type: 'Even' });
    commitMany(store, 4);
    store.flush();
    const other = await reader();
    expect(other.getStreamVersion('evens')).toBe(4);
    expect(store.deleteEventStream('evens')).toBe(true);
    expect(store.deleteEventStream('evens')).toBe(false);
    other.storage.poll();
    expect([store.getStreamVersion('evens'), other.getStreamVersion('evens')]).toEqual([0, 0]);
    expect(other.getAllEvents()).toHaveLength(8);
    store.createEventStream('evens', { type: 'Odd' });
    commitMany(store, 2);
    store.flush();
    other.storage.poll();
    expect(numbers(other.getEventStream('evens'))).toEqual([1, 3, 1, 3, 1]);
    await store.close();
    expect(numbers((await writer()).getEventStream('evens'))).toEqual([1, 3, 1, 3, 1]);
  });
});

describe('names', () => {
  it('belong to one kind of stream', async () => {
    const store = await writer();
    store.commit('orders', { type: 'X' });
    store.createEventStream('xs', { type: 'X' });
    expect(() => store.createEventStream('orders', { type: 'X' })).toThrow(
      expect.objectContaining({ code: 'STREAM_EXISTS' }),
    );
    expect(() => store.commit('xs', { type: 'X' })).toThrow(expect.objectContaining({ code: 'STREAM_EXISTS' }));
    expect(() => store.deleteEventStream('orders')).toThrow(expect.objectContaining({ code: 'STREAM_EXISTS' }));
    expect(() => store.closeEventStream('xs')).toThrow(expect.objectContaining({ code: 'STREAM_EXISTS' }));
    expect(() => store.createEventStream('_all', {})).toThrow(expect.objectContaining({ code: 'INVALID_STREAM_NAME' }));
    expect(store.position).toBe(1);
  });

  it('of a closed stream take no more events, also after the store was opened again', async () => {
    const store = await writer();
    store.commit('orders', { type: 'X' });
    store.closeEventStream('orders');
    expect(() => store.commit('orders', { type: 'X' })).toThrow(expect.objectContaining({ code: 'STREAM_CLOSED' }));
    expect(() => store.closeEventStream('none')).toThrow(expect.objectContaining({ code: 'INVALID_STREAM_NAME' }));
    await store.close();
    const again = await writer();
    expect(() => again.commit('orders', { type: 'X' })).toThrow(expect.objectContaining({ code: 'STREAM_CLOSED' }));
    expect(again.getEventStream('orders').events).toEqual([{ type: 'X' }]);
  });

  // A commit that was sent again was refused, although it had been made; and one whose hook closed the stream was accepted.
  it('of a closed stream are known by their commit ids, and are closed for a commit under way', async () => {
    const store = await writer();
    const first = store.commit('orders', { type: 'X' }, { commitId: 'x' });
    store.commit('others', { type: 'X' });
    store.closeEventStream('orders');
    const again = store.commit('orders', { type: 'X' }, { commitId: 'x' });
    expect(again).toMatchObject({ isDuplicate: true, position: first.position });
    store.preCommit(() => store.closeEventStream('others'));
    expect(() => store.commit('others', { type: 'X' })).toThrow(expect.objectContaining({ code: 'STREAM_CLOSED' }));
    expect(store.position).toBe(2);
  });

  // After a power cut the catalog still had the name, and the stream could be closed before it existed.
  it('of a stream whose only commit was lost can be closed when there is a commit again', async () => {
    const store = await writer();
    await store.commit('kept', { n: 1 }).durable;
    const partition = join(store.directory, 'partitions/000001-shared');
    const segment = join(partition, readdirSync(partition)[0]!);
    const { size } = statSync(segment);
    store.commit('lost', { n: 2 });
    store.flush();
    store.storage.close();
    truncateSync(segment, size);
    const again = await writer();
    expect(again.position).toBe(1);
    expect(() => again.closeEventStream('lost')).toThrow(expect.objectContaining({ code: 'INVALID_STREAM_NAME' }));
    again.commit('lost', { n: 3 }, 0);
    again.closeEventStream('lost');
    expect(() => again.commit('lost', { n: 4 })).toThrow(expect.objectContaining({ code: 'STREAM_CLOSED' }));
  });
});
