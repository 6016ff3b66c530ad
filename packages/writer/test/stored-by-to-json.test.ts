/**
 * Documents of a storage, and what a schema made of an event, did not take the way of other events: what is stored of them by a
 * `toJSON` was not what matchers saw, and indexes that were created before and after them differed.
 */
import { describe, expect, it } from 'vitest';
import { EventStore, type StandardSchema, Storage } from '@varve/writer';
import { temporaryDirectory } from './temporary-directory.ts';

describe('an event that says by a toJSON what is stored of it', () => {
  class Paid {
    readonly type = 'Paid';
    readonly amount = 7;
    toJSON(): object {
      return { type: 'Paid', cents: 100 * this.amount };
    }
  }

  it('is found in an index of a storage that was there before it', async () => {
    const storage = new Storage('logs', { storageDirectory: temporaryDirectory() });
    storage.ensureIndex('before', { cents: 700 });
    storage.write(new Paid() as never);
    storage.flush();
    storage.ensureIndex('after', { cents: 700 });
    expect([storage.openIndex('before').length, storage.openIndex('after').length]).toEqual([1, 1]);
    await storage.close();
  });

  it('is found in a stream that was there before it, when a schema makes it', async () => {
    const ordered: StandardSchema<object> = {
      '~standard': { version: 1, vendor: 'test', validate: () => ({ value: new Paid() }) },
    };
    const schemas: Record<string, StandardSchema<object>> = { Ordered: ordered };
    const store = new EventStore('shop', { storageDirectory: temporaryDirectory(), schemas });
    store.createEventStream('before', { cents: 700 });
    store.commit('a', { type: 'Ordered' });
    store.commitAll([{ stream: 'a', events: [{ type: 'Ordered' }] }]);
    store.createEventStream('after', { cents: 700 });
    expect([store.getStreamVersion('before'), store.getStreamVersion('after')]).toEqual([2, 2]);
    await store.close();
  });

  it('cannot add documents to the list that it is in', async () => {
    const storage = new Storage('logs', { storageDirectory: temporaryDirectory() });
    const documents: object[] = [];
    const first = {
      n: 1,
      get more() {
        if (documents.length < 3) documents.push({ n: 3 });
        return true;
      },
    };
    documents.push(first, { n: 2 });
    expect(storage.writeAll(documents as { n: number }[]).size).toBe(2);
    expect(storage.write({ n: 4 }).position).toBe(3);
    storage.flush();
    expect([...storage]).toEqual([{ n: 1, more: true }, { n: 2 }, { n: 4 }]);
    await storage.close();
  });
});
