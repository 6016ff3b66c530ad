import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { WriteOptions } from '../src/index.ts';
import { CatalogForger } from './forge-catalog.ts';
import { commitMany, numbers, useStoreFolder } from './store-folder.ts';

const folder = useStoreFolder();
const { writer } = folder;

describe('a matcher that is given again', () => {
  it('must be the same', async () => {
    const store = await writer();
    store.createEventStream('a', { type: ['B', 'A'], n: { $gt: 1, $lt: 5 } });
    store.createEventStream('a', { n: { $lt: 5, $gt: 1 }, type: ['A', 'B', 'A'] });
    const other = expect.objectContaining({ code: 'MATCHER_MISMATCH', stream: 'a' }) as Error;
    expect(() => store.createEventStream('a', { type: 'A' })).toThrow(other);
    expect(() => store.createEventStream('a', (event) => event.type === 'A')).toThrow(other);
    expect(() =>
      store.createEventStream('a', { type: ['A', 'B'], n: { $gt: 1, $lt: 5 } }, { metadata: { x: 1 } }),
    ).toThrow(other);
  });
});

describe('a function in the store', () => {
  const isEven = (event: { type: string }): boolean => event.type === 'Even';
  const refused = (code: string): unknown => expect.objectContaining({ code, stream: 'evens' });

  async function prepare(storageConfig: WriteOptions): Promise<void> {
    const store = await writer(storageConfig);
    store.createEventStream('evens', isEven);
    commitMany(store, 2);
    await store.close();
  }

  it('is not taken from it without a secret: commits wait for the user to give it', async () => {
    await prepare({});
    const store = await writer();
    expect(() => commitMany(store, 2)).toThrow(refused('MATCHER_MISSING'));
    expect(numbers(store.getEventStream('evens'))).toEqual([2]);
    expect(() => store.createEventStream('evens', (event) => event.type === 'Odd')).toThrow(
      refused('MATCHER_MISMATCH'),
    );
    store.createEventStream('evens', isEven);
    commitMany(store, 2);
    expect(numbers(store.getEventStream('evens'))).toEqual([2, 2]);
  });

  it('may be deleted instead', async () => {
    await prepare({});
    const store = await writer();
    store.deleteEventStream('evens');
    commitMany(store, 2);
    expect(store.position).toBe(4);
  });

  it('is taken from it with the secret that it was stored with', async () => {
    await prepare({ hmacSecret: 'a secret' });
    const store = await writer({ hmacSecret: 'a secret' });
    commitMany(store, 2);
    expect(numbers(store.getEventStream('evens'))).toEqual([2, 2]);
  });

  it('is refused with another secret, until it is given again', async () => {
    await prepare({ hmacSecret: 'a secret' });
    const store = await writer({ hmacSecret: 'another' });
    expect(() => commitMany(store, 2)).toThrow(refused('MATCHER_UNTRUSTED'));
    store.createEventStream('evens', isEven);
    commitMany(store, 2);
    await store.close();
    const again = await writer({ hmacSecret: 'another' });
    commitMany(again, 2);
    expect(numbers(again.getEventStream('evens'))).toEqual([2, 2, 2]);
  });

  it('is never run when it was exchanged in the file', async () => {
    await prepare({ hmacSecret: 'a secret' });
    const path = join(folder.directory, 'store', 'catalog');
    const id = (JSON.parse(readFileSync(join(folder.directory, 'store', 'store.json'), 'utf8')) as { id: string }).id;
    const evil = '() => { globalThis.varveTestWasRun = true; return true; }';
    writeFileSync(path, new CatalogForger(readFileSync(path), id).withFunction('evens', evil));
    const store = await writer({ hmacSecret: 'a secret' });
    expect(() => commitMany(store, 2)).toThrow(refused('MATCHER_UNTRUSTED'));
    expect(() => store.createEventStream('evens', isEven)).toThrow(refused('MATCHER_MISMATCH'));
    expect(globalThis).not.toHaveProperty('varveTestWasRun');
  });

  it('refuses the commit when it throws, and names itself', async () => {
    const store = await writer();
    store.createEventStream('evens', (event) => (event.nothing as { x: number }).x === 1);
    expect(() => commitMany(store, 1)).toThrow(refused('MATCHER_FAILED'));
    expect([store.position, store.hasStream('s-1')]).toEqual([0, false]);
  });

  it('cannot be one without a text of its own', async () => {
    const store = await writer();
    const invalid = expect.objectContaining({ code: 'INVALID_MATCHER' }) as Error;
    expect(() => store.createEventStream('evens', isEven.bind(undefined))).toThrow(invalid);
    expect(() =>
      store.createEventStream(
        'evens',
        {
          matches() {
            return true;
          },
        }.matches,
      ),
    ).toThrow(invalid);
  });
});

describe('types and tags', () => {
  it('keep their ids when a commit that would have made them is refused', async () => {
    const store = await writer({ indexTypes: true, tagsAccessor: 'tags', maxCommitBytes: 200 });
    expect(() => store.commit('a', { type: 'Big', text: 'x'.repeat(500) })).toThrow();
    store.commit('b', { type: 'Small', tags: ['t', 't', 'u'] });
    expect([...store.storage.catalog.derived.family('types')!.ids.keys()]).toEqual(['Small']);
    expect([...store.storage.catalog.derived.family('tags')!.ids.keys()]).toEqual(['t', 'u']);
    expect(store.getStreamVersion('b')).toBe(1);
    expect(() => store.commit('b', { type: 7 })).toThrow(expect.objectContaining({ code: 'INVALID_EVENT' }));
    expect(() => store.commit('b', { tags: [7] })).toThrow(expect.objectContaining({ code: 'INVALID_EVENT' }));
  });

  it('must be found where they were found before', async () => {
    await (await writer({ indexTypes: true, tagsAccessor: (event: { t: string[] }) => event.t })).close();
    const invalid = { code: 'INVALID_OPTION' };
    await expect(writer()).rejects.toMatchObject(invalid);
    await expect(writer({ tagsAccessor: 'tags' })).rejects.toMatchObject(invalid);
    await expect(
      writer({ tagsAccessor: (event: { t: string[] }) => event.t, typeAccessor: 'kind' }),
    ).rejects.toMatchObject(invalid);
    await (await writer({ tagsAccessor: (event: { t: string[] }) => event.t })).close();
  });
});
