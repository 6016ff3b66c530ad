/**
 * After a crash the catalog can have the name of a stream whose only commit was lost. Such a name was listed as a stream, and
 * no derived stream could be created under it: "STREAM_EXISTS", for a stream that has no event and could not be deleted.
 */
import { beforeEach, expect, it } from 'vitest';
import type { EventStore } from '../src/index.ts';
import { openReader, openStore, withoutUnsyncedOf } from './simulation/power-cut.ts';
import { emptyDisk } from './simulation/recorded-run.ts';

let disk: ReturnType<typeof emptyDisk>;
let store: EventStore;

beforeEach(async () => {
  disk = emptyDisk();
  const first = openStore(disk);
  await first.commit('kept', { type: 'kept' }).durable;
  first.commit('lost', { type: 'lost' });
  first.flush();
  disk = withoutUnsyncedOf(disk, '.seg');
  store = openStore(disk);
});

it('is no stream, for the writer and for readers', () => {
  expect([store.position, store.storage.catalog.streamNamed('lost')?.name]).toEqual([1, 'lost']);
  for (const each of [store, openReader(disk)]) {
    expect([each.hasStream('lost'), each.hasStream('kept'), each.streamNames()]).toEqual([false, true, ['kept']]);
    expect(each.getStreamMetadata('lost')).toBeUndefined();
  }
});

it('can be a stream again', () => {
  expect(store.commit('lost', { type: 'again' }, 0).version).toBe(1);
  expect([store.hasStream('lost'), store.streamNames()]).toEqual([true, ['kept', 'lost']]);
});

it('can be a derived stream, until that is deleted', async () => {
  const derived = store.createEventStream('lost', { type: 'kept' });
  expect(derived.events).toEqual([{ type: 'kept' }]);
  expect(() => store.commit('lost', { type: 'again' })).toThrow(expect.objectContaining({ code: 'STREAM_EXISTS' }));
  expect(() => store.commitAll([{ stream: 'lost', events: { type: 'again' } }])).toThrow(
    expect.objectContaining({ code: 'STREAM_EXISTS' }),
  );
  store.commit('kept', { type: 'kept' });
  await store.close();
  store = openStore(disk);
  for (const each of [store, openReader(disk)]) {
    expect(each.getEventStream('lost').events).toEqual([{ type: 'kept' }, { type: 'kept' }]);
    expect([each.hasStream('lost'), each.streamNames()]).toEqual([true, ['kept']]);
  }
  expect(store.deleteEventStream('lost')).toBe(true);
  expect([store.hasStream('lost'), store.deleteEventStream('lost')]).toEqual([false, false]);
  expect(store.commit('lost', { type: 'again' }, 0).version).toBe(1);
  expect(() => store.createEventStream('lost', { type: 'kept' })).toThrow(
    expect.objectContaining({ code: 'STREAM_EXISTS' }),
  );
});
