import { describe, expect, test } from 'vitest';
import { StoresOnDisk } from './stores-on-disk.ts';

describe('preCommit', () => {
  test('is asked for each event before anything of the commit is done', async () => {
    const stores = new StoresOnDisk();
    const store = stores.open({}, { streamMetadata: (stream) => ({ name: stream }) });
    const asked: unknown[] = [];
    store.preCommit((event, metadata) => {
      asked.push([event, metadata]);
      if ('bad' in event) throw new Error('not this one');
    });
    store.commit('a', [{ n: 1 }, { n: 2 }]);
    expect(asked).toEqual([
      [{ n: 1 }, { name: 'a' }],
      [{ n: 2 }, { name: 'a' }],
    ]);
    expect(() => store.commit('new', [{ n: 1 }, { bad: true }])).toThrow('not this one');
    expect(() =>
      store.commitAll([
        { stream: 'a', events: { n: 3 } },
        { stream: 'new', events: { bad: true } },
      ]),
    ).toThrow('not this one');
    expect([store.position, store.hasStream('new')]).toEqual([2, false]);
    await store.close();
    expect(stores.openReader().streamNames()).toEqual(['a']);
  });

  test('gets the metadata of the partition where the stream has none', async () => {
    const store = new StoresOnDisk().open({ partitioner: 'perCategory', metadata: (partition) => ({ partition }) });
    const asked: unknown[] = [];
    store.on('preCommit', (_event, metadata) => asked.push(metadata));
    store.commit('user-1', { n: 1 });
    store.commit('user-1', { n: 2 });
    expect(asked).toEqual([{ partition: 'user' }, { partition: 'user' }]);
    await store.close();
  });

  test('may commit itself: the version is looked at after it', async () => {
    const store = new StoresOnDisk().open();
    store.once('preCommit', () => store.commit('a', { from: 'hook' }));
    expect(() => store.commit('a', { from: 'caller' }, 0)).toThrow('is at version 1');
    store.commit('a', { from: 'caller' }, 1);
    expect(store.getEventStream('a').events).toEqual([{ from: 'hook' }, { from: 'caller' }]);
    await store.close();
  });
});

describe('preRead', () => {
  test('is asked by every way of reading, in writers and readers, and keeps back what it refuses', async () => {
    const stores = new StoresOnDisk();
    const store = stores.open({}, { streamMetadata: (stream) => ({ isSecret: stream === 'secret' }) });
    store.commit('open', { n: 1 });
    store.commit('secret', { n: 2 });
    store.flush();
    for (const each of [store, stores.openReader()]) {
      const positions: number[] = [];
      each.preRead((position, { isSecret }) => {
        positions.push(position);
        if (isSecret === true) throw new Error('kept back');
      });
      expect(each.getEventStream('open').events).toEqual([{ n: 1 }]);
      expect(() => each.getEventStream('secret').events).toThrow('kept back');
      expect(() => each.getAllEvents().events).toThrow('kept back');
      expect(() => each.readEvent(2)).toThrow('kept back');
      expect(() => each.getEventStream('secret').forEach(() => undefined)).toThrow('kept back');
      await expect(each.getEventStream('secret').toArray()).rejects.toThrow('kept back');
      const consumer = each.getConsumer('secret', `consumer-${String(each === store)}`);
      const failed = new Promise((resolve) => consumer.once('error', resolve));
      consumer.on('data', () => undefined);
      expect(await failed).toMatchObject({ message: 'kept back' });
      await consumer.stop();
      expect(positions).toEqual([1, 2, 1, 2, 2, 2, 2, 2]);
      each.removeAllListeners('preRead');
      expect(each.getEventStream('secret').events).toEqual([{ n: 2 }]);
      await each.close();
    }
  });

  test('does not hold up the store at work: indexes are read without it', async () => {
    const stores = new StoresOnDisk();
    const store = stores.open();
    for (let n = 1; n <= 10; n++) store.commit('a', { n });
    await store.close();
    const reader = stores.openReader();
    reader.preRead(() => {
      throw new Error('nothing is to be read');
    });
    expect(reader.getStreamVersion('a')).toBe(10);
    await reader.close();
  });
});
