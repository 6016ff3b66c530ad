/**
 * A synced file in a synced folder is lost when the folder's own name in the folder above it was not synced. Everything that is
 * durable in a new folder needs that name; each case here was wrong once.
 */
import { replay, SimulatedDisk } from '@varve/core/testing';
import { describe, expect, it } from 'vitest';
import { damageStoreFile, openStore, withoutUnsynced } from './simulation/power-cut.ts';
import { emptyDisk } from './simulation/recorded-run.ts';

function names(disk: ReturnType<typeof emptyDisk>, part: string): string[] {
  return disk.medium.files().flatMap(([path]) => (path.includes(part) ? [path] : []));
}

describe('what is durable survives the names of new folders', () => {
  // The files and the folder they are in were synced; the folder's own name in the folder above it was not. After a power cut
  // the partition was gone, with events that had been acknowledged as durable.
  it('of a new partition', async () => {
    const disk = emptyDisk();
    const store = openStore(disk);
    await store.commit('orders', { type: 'placed' }).durable;
    expect(openStore(withoutUnsynced(disk)).position).toBe(1);
  });

  // The same for the store's own folder, created by its first writer.
  it('of a new store', async () => {
    const disk = emptyDisk();
    await openStore(disk).close();
    expect(names(withoutUnsynced(disk), 'store.json')).toHaveLength(1);
  });

  // A killed writer cannot sync any more. The next one finds everything in the memory of the operating system, and calls it
  // durable: then it has to sync names that it did not create.
  it('of a partition that a killed writer made', () => {
    const disk = emptyDisk();
    const store = openStore(disk);
    store.commit('orders', { type: 'placed' });
    store.flush();
    store.storage.close();
    openStore(disk).storage.close();
    expect(openStore(withoutUnsynced(disk)).position).toBe(1);
  });

  // The folder of the consumers was lost, with a durably saved state in it: the consumer began again, without an error.
  it('of the states of consumers', async () => {
    const disk = emptyDisk();
    const store = openStore(disk, { consumerDirectory: '/data/of/consumers' });
    await store.commit('orders', { type: 'placed' }).durable;
    const consumer = store.getConsumer('_all', 'counting', { count: 0 }, 0, { checkpoint: { durable: true } });
    const running = consumer.run(() => consumer.setState(({ count }) => ({ count: count + 1 })));
    await consumer.waitFor(1);
    await consumer.stop();
    await running;
    const after = openStore(withoutUnsynced(disk), { consumerDirectory: '/data/of/consumers' });
    const { position, state } = after.getConsumer('_all', 'counting', { count: 0 });
    expect([position, state]).toEqual([1, { count: 1 }]);
  });

  // What recovery cuts off was written elsewhere and synced, but not the name of that folder: after a power cut that came when
  // the file was shortened, nobody could look at it any more.
  it.each(['.seg', '/catalog'])('of what is cut off: %s', (file) => {
    const disk = emptyDisk();
    const store = openStore(disk);
    store.commit('orders', { type: 'placed', note: 'x'.repeat(100) });
    store.flush();
    store.storage.close();
    damageStoreFile(disk, file, (bytes) => bytes.subarray(0, bytes.length - 3));
    const start = withoutUnsynced(disk).medium;
    const sizeOf = (medium: typeof start): number =>
      medium.files().find(([path]) => path.endsWith(file))?.[1].sizeBytes ?? 0;
    const recovering = new SimulatedDisk(start.copy());
    openStore(recovering).storage.close();
    expect(sizeOf(recovering.medium)).toBeLessThan(sizeOf(start));
    for (const medium of replay(start, recovering.operations)) {
      const left = withoutUnsynced(new SimulatedDisk(medium.copy()));
      const isCut = sizeOf(left.medium) < sizeOf(start);
      expect(isCut && names(left, '/recovered/').length === 0).toBe(false);
    }
  });
});
