import type { EventQuery } from '@varve/core';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '@varve/core/testing';
import type { EventStore } from '../src/index.ts';
import { useStoreFolder } from './store-folder.ts';

const { writer, reader } = useStoreFolder();
const indexed = { indexTypes: true, tagsAccessor: 'tags' };

interface Tagged {
  readonly type: string;
  readonly tags: readonly string[];
}

const history: readonly Tagged[] = [
  { type: 'CourseDefined', tags: ['course:c1'] },
  { type: 'StudentSubscribed', tags: ['course:c1', 'student:s1'] },
  { type: 'StudentSubscribed', tags: ['course:c2', 'student:s1'] },
  { type: 'CourseDefined', tags: ['course:c2'] },
  { type: 'StudentSubscribed', tags: ['course:c1', 'student:s2'] },
];

function commitHistory(store: EventStore): void {
  for (const event of history) store.commit('campus', event);
}

function positions(store: Pick<EventStore, 'query'>, query: EventQuery, after?: number): number[] {
  const stream = store.query(query, after === undefined ? {} : { after });
  return [...stream.stored()].map(({ metadata }) => metadata.position);
}

describe('a query', () => {
  it.each<[EventQuery, number[]]>([
    [{ items: [] }, [1, 2, 3, 4, 5]],
    [{ items: [{}] }, [1, 2, 3, 4, 5]],
    [{ items: [{ types: ['CourseDefined'] }] }, [1, 4]],
    [{ items: [{ types: ['CourseDefined', 'StudentSubscribed'] }] }, [1, 2, 3, 4, 5]],
    [{ items: [{ tags: ['course:c1'] }] }, [1, 2, 5]],
    [{ items: [{ tags: ['course:c1', 'student:s1'] }] }, [2]],
    [{ items: [{ tags: ['student:s2', 'student:s1'] }] }, []],
    [{ items: [{ types: ['StudentSubscribed'], tags: ['course:c1'] }] }, [2, 5]],
    [{ items: [{ tags: ['student:s2'] }, { types: ['CourseDefined'], tags: ['course:c2'] }] }, [4, 5]],
    [{ items: [{ types: ['Unknown'] }, { tags: ['unknown', 'course:c1'] }] }, []],
  ])('%j finds %j', async (query, expected) => {
    const store = await writer(indexed);
    commitHistory(store);
    store.flush();
    expect(positions(store, query)).toEqual(expected);
    expect(positions(store, query, 2)).toEqual(expected.filter((position) => position > 2));
    expect(positions(await reader(), query)).toEqual(expected);
  });

  it('finds what was there before the indexes', async () => {
    const before = await writer();
    commitHistory(before);
    expect(() => before.query({ items: [{ tags: ['x'] }] })).toThrow(expect.objectContaining({ code: 'NOT_INDEXED' }));
    await before.close();
    const store = await writer(indexed);
    commitHistory(store);
    store.flush();
    const query = { items: [{ types: ['StudentSubscribed'], tags: ['course:c1'] }] };
    expect(positions(store, query)).toEqual([2, 5, 7, 10]);
    expect(positions(store, query, 3)).toEqual([5, 7, 10]);
    expect(positions(await reader(), query)).toEqual([2, 5, 7, 10]);
    await store.close();
    const again = await writer({ tagsAccessor: 'tags' });
    commitHistory(again);
    expect(positions(again, query, 6)).toEqual([7, 10, 12, 15]);
  });

  it('decodes the events that match and no others', async () => {
    let decoded = 0;
    const serializer = {
      serialize: (value: unknown) => JSON.stringify(value),
      deserialize: (text: string) => {
        decoded++;
        return JSON.parse(text) as unknown;
      },
    };
    const store = await writer({ ...indexed, serializer });
    commitHistory(store);
    decoded = 0;
    expect(store.query({ items: [{ tags: ['course:c1', 'student:s1'] }] }).events).toEqual([history[1]]);
    expect(decoded).toBe(1);
  });

  it('stays as it was when events come', async () => {
    const store = await writer(indexed);
    commitHistory(store);
    const stream = store.query({ items: [{ types: ['CourseDefined'] }] });
    commitHistory(store);
    expect(stream.events).toHaveLength(2);
  });

  it('finds what a plain look at every event finds', async () => {
    const seed = Number(process.env['VARVE_SEED'] ?? 1);
    const random = new SeededRandom(seed);
    const store = await writer(indexed);
    const letters = ['a', 'b', 'c', 'd'];
    const some = (): string[] => letters.filter(() => random.between(0, 1) === 1);
    const events = Array.from({ length: 300 }, () => ({ type: letters[random.between(0, 3)]!, tags: some() }));
    for (const event of events) store.commit('s', event);
    for (let round = 0; round < 200; round++) {
      const items = Array.from({ length: random.between(1, 3) }, () => ({ types: some(), tags: some() }));
      const after = random.between(0, 300);
      const matches = ({ type, tags }: Tagged): boolean =>
        items.some(
          (item) =>
            (item.types.length === 0 || item.types.includes(type)) && item.tags.every((tag) => tags.includes(tag)),
        );
      const expected = events.flatMap((event, index) => (index >= after && matches(event) ? [index + 1] : []));
      expect(positions(store, { items }, after), `seed ${seed}, round ${round}`).toEqual(expected);
    }
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['a list', []],
    ['items that are no list', { items: {} }],
    ['a word that is not known', { items: [{ type: ['A'] }] }],
    ['types that are no list', { items: [{ types: 'A' }] }],
    ['tags that are no texts', { items: [{ tags: [1] }] }],
  ])('cannot be %s', async (_, query) => {
    const store = await writer(indexed);
    const invalid = expect.objectContaining({ code: 'INVALID_QUERY' }) as Error;
    expect(() => store.query(query as EventQuery)).toThrow(invalid);
    expect(() => store.query({ items: [] }, { after: -1 })).toThrow(invalid);
  });
});

describe('a condition', () => {
  const failIfEventsMatch = { items: [{ types: ['StudentSubscribed'], tags: ['course:c1'] }] };
  const event = { type: 'StudentSubscribed', tags: ['course:c1', 'student:s3'] };

  it('refuses the commit when an event matches, with nothing written', async () => {
    const store = await writer(indexed);
    commitHistory(store);
    const failed = { name: 'ConditionFailedError', code: 'CONDITION_FAILED', position: 2 };
    expect(() => store.commit('new', event, { condition: { failIfEventsMatch } })).toThrow(
      expect.objectContaining(failed),
    );
    expect(() => store.commit('new', event, { condition: { failIfEventsMatch, after: 4 } })).toThrow(
      expect.objectContaining({ ...failed, position: 5 }),
    );
    expect([store.position, store.hasStream('new')]).toEqual([5, false]);
  });

  it('lets the commit pass when none matches behind the position', async () => {
    const store = await writer(indexed);
    commitHistory(store);
    const condition = { failIfEventsMatch, after: store.position };
    expect(store.commit('new', event, { condition }).position).toBe(6);
    expect(() => store.commit('new', event, { condition })).toThrow(expect.objectContaining({ position: 6 }));
  });

  it('counts events that are not visible yet', async () => {
    const store = await writer({ ...indexed, dirtyReads: false });
    store.commit('s', event);
    expect(store.position).toBe(0);
    const failed = expect.objectContaining({ code: 'CONDITION_FAILED', position: 1 }) as Error;
    expect(() => store.commit('s', event, { condition: { failIfEventsMatch } })).toThrow(failed);
    expect(() => store.commit('s', event, { condition: { failIfEventsMatch: { items: [] } } })).toThrow(failed);
  });

  it('goes together with an expected version, metadata and a callback', async () => {
    const store = await writer(indexed);
    const condition = { failIfEventsMatch };
    await new Promise<void>((resolve, reject) => {
      const done = (error?: Error): void => (error === undefined ? resolve() : reject(error));
      store.commit('s', event, { condition }, 0, { user: 'anna' }, done);
    });
    expect(store.readEvent(1).metadata['user']).toBe('anna');
    expect(() => store.commit('s', event, { condition: { failIfEventsMatch, after: 1 } }, 0)).toThrow(
      expect.objectContaining({ code: 'OPTIMISTIC_CONCURRENCY' }),
    );
  });

  // The second took the place of the first, without a word.
  it.each([
    ['condition', { condition: { failIfEventsMatch } }],
    ['expected version', 0],
    ['metadata', { by: 'anna' }],
    ['callback', () => undefined],
  ])('is refused with two of: %s', async (_, argument) => {
    const store = await writer();
    const loose = store as unknown as { commit(...given: unknown[]): unknown; commitAll(...given: unknown[]): unknown };
    const refused = expect.objectContaining({ code: 'INVALID_OPTION' }) as Error;
    expect(() => loose.commit('s', event, argument, argument)).toThrow(refused);
    expect(() => loose.commitAll([{ stream: 's', events: [event] }], argument, argument)).toThrow(refused);
    expect(store.position).toBe(0);
  });

  it('is not taken for metadata, nor metadata for it', async () => {
    const store = await writer(indexed);
    store.commit('s', event, { condition: 'sunny' });
    expect(store.readEvent(1).metadata['condition']).toBe('sunny');
    const wrong = { condition: { failIfEventsMatch, before: 1 } };
    expect(() => store.commit('s', event, wrong)).toThrow(expect.objectContaining({ code: 'INVALID_QUERY' }));
  });
});

describe('a condition of a commit to several streams', () => {
  const failIfEventsMatch = { items: [{ tags: ['course:c1'] }] };
  const commits = [
    { stream: 'course-c1', events: { type: 'StudentSubscribed', tags: ['course:c1', 'student:s3'] } },
    { stream: 'student-s3', events: [{ type: 'Subscribed' }, { type: 'Charged' }], expectedVersion: 0 },
    { stream: 'term', expectedVersion: 0 },
  ];

  it('refuses all of it when an event matches, with nothing written', async () => {
    const store = await writer(indexed);
    commitHistory(store);
    for (const [after, position] of [
      [0, 1],
      [2, 5],
    ]) {
      expect(() => store.commitAll(commits, { condition: { failIfEventsMatch, after: after! } })).toThrow(
        expect.objectContaining({ name: 'ConditionFailedError', code: 'CONDITION_FAILED', position }),
      );
    }
    expect([store.position, store.hasStream('course-c1'), store.hasStream('student-s3')]).toEqual([5, false, false]);
  });

  it('lets it pass when none matches behind the position, and calls back', async () => {
    const store = await writer({ ...indexed, partitioner: 'perStream' });
    commitHistory(store);
    const condition = { failIfEventsMatch, after: store.position };
    const error = await new Promise<Error | undefined>((resolve) => {
      const { parts } = store.commitAll(commits, { condition }, resolve);
      expect(parts.map(({ position, version }) => [position, version])).toEqual([
        [6, 1],
        [7, 2],
      ]);
    });
    expect(error).toBeUndefined();
    expect((await reader()).position).toBe(8);
    const again = [{ stream: 'course-c1', events: { type: 'Full' } }, commits[2]!];
    expect(() => store.commitAll(again, { condition })).toThrow(expect.objectContaining({ position: 6 }));
  });

  it('comes behind the expected versions, and behind a commit id that is there', async () => {
    const store = await writer(indexed);
    const condition = { failIfEventsMatch };
    const named = [{ ...commits[0]!, metadata: { commitId: 'once' } }, commits[1]!];
    const first = store.commitAll(named, { condition });
    const again = store.commitAll(named, { condition });
    expect([first.isDuplicate, again.isDuplicate, again.position]).toEqual([false, true, 1]);
    const stale = expect.objectContaining({ code: 'OPTIMISTIC_CONCURRENCY', stream: 'student-s3' }) as Error;
    expect(() => store.commitAll(commits, { condition })).toThrow(stale);
    expect(store.position).toBe(3);
  });

  it.each<[string, unknown]>([
    ['a version', 1],
    ['metadata', { user: 'anna' }],
    ['a bare condition', { failIfEventsMatch }],
    ['a big integer', 1n],
  ])('cannot be %s', async (_, argument) => {
    const store = await writer(indexed);
    const refused = expect.objectContaining({ code: 'INVALID_OPTION', found: argument }) as Error;
    expect(() => store.commitAll(commits, argument as () => void)).toThrow(refused);
    expect(store.position).toBe(0);
  });
});
