/**
 * A file of a consumer, or of commit ids, that replaces another one of the same store, through a copy that went wrong or by
 * hand. Both were whole, and were trusted. A consumer went on with the state of another one, without an error; and a commit
 * with an id that had been committed was committed again, because the file that had it was taken as one of other positions.
 */
import { type ConsumedSource, type ConsumerState, readConsumerState, verifyStore } from '@varve/core';
import { ManualClock, type SimulatedDisk } from '@varve/core/testing';
import { describe, expect, it } from 'vitest';
import { damageStoreFile, openStore, readStoreFile } from './simulation/power-cut.ts';
import { dataDirectory, emptyDisk, storePath } from './simulation/recorded-run.ts';

const place = { storageDirectory: dataDirectory, store: 'store' };

interface Seen {
  readonly seen: readonly number[];
}

async function consumedDisk(): Promise<SimulatedDisk> {
  const disk = emptyDisk();
  const store = openStore(disk, { clock: new ManualClock() });
  for (let n = 1; n <= 4; n++) store.commit(n % 2 === 0 ? 'even' : 'odd', { n });
  store.flush();
  for (const [stream, id] of [
    ['even', 'c'],
    ['odd', 'c'],
    ['odd', 'd'],
    [{ category: 'odd' }, 'c'],
  ] as const) {
    const consumer = store.getConsumer<Seen, { n: number }>(stream, id, { seen: [] }, 0, {
      checkpoint: { everyEvents: 1 },
    });
    const stop = new AbortController();
    consumer.on('caught-up', () => stop.abort());
    await consumer.run(({ n }) => consumer.setState(({ seen }) => ({ seen: [...seen, n] })), { signal: stop.signal });
  }
  await store.close();
  return disk;
}

function savedOf(disk: SimulatedDisk, stream: ConsumedSource, consumerId: string): ConsumerState<Seen> | undefined {
  return readConsumerState<Seen>({ ...place, stream, consumerId, fileSystem: disk.startProcess() });
}

describe('the file of a consumer in the place of another one', () => {
  it.each([
    ['of another stream', '/even.c.state'],
    ['with another id', '/odd.d.state'],
    ['of a category of the same name', '/odd.c.category.state'],
  ])('%s is an error that names it', async (_, other) => {
    const disk = await consumedDisk();
    expect(savedOf(disk, 'odd', 'c')).toMatchObject({ position: 3, state: { seen: [1, 3] } });
    const bytes = readStoreFile(disk, other);
    damageStoreFile(disk, '/odd.c.state', () => bytes);
    const error = { code: 'CONSUMER_STATE', path: '/data/store/consumers/odd.c.state' };
    expect(() => savedOf(disk, 'odd', 'c')).toThrow(expect.objectContaining(error));
    const store = openStore(disk, { clock: new ManualClock() });
    const run = store.getConsumer('odd', 'c').run(() => undefined);
    await expect(run).rejects.toThrow(expect.objectContaining(error));
    await store.close();
    const { findings } = await verifyStore(storePath, { fileSystem: disk.startProcess() });
    expect(findings).toMatchObject([{ code: 'CONSUMER', path: error.path }]);
  });

  it('is an error with the slots of another one, too', async () => {
    const disk = await consumedDisk();
    const other = readStoreFile(disk, '/odd.d.state');
    damageStoreFile(disk, '/odd.c.state', (own) => Buffer.concat([own.subarray(0, 64), other.subarray(64)]));
    expect(() => savedOf(disk, 'odd', 'c')).toThrow(expect.objectContaining({ code: 'CONSUMER_STATE' }));
  });
});

describe('a file of commit ids in the place of another one', () => {
  it('is made again when an id is looked up, and nothing is committed twice', async () => {
    const disk = emptyDisk();
    for (const session of [1, 2, 3]) {
      const store = openStore(disk, { clock: new ManualClock() });
      store.commit('s', { session }, { commitId: `id-${session}` });
      await store.close();
    }
    const first = readStoreFile(disk, '-000000000001.ids');
    damageStoreFile(disk, '-000000000002.ids', () => first);
    const { findings } = await verifyStore(storePath, { fileSystem: disk.startProcess() });
    expect(findings).toMatchObject([{ code: 'COMMIT_IDS' }]);
    const store = openStore(disk, { clock: new ManualClock() });
    for (const session of [1, 2, 3]) {
      expect(store.commit('s', { session }, { commitId: `id-${session}` })).toMatchObject({ isDuplicate: true });
    }
    expect(store.position).toBe(3);
    await store.close();
  });
});
