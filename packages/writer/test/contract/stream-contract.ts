/** Streams other than write streams, and narrowing, piping and following streams, in every variant of a store. */
import type { EventStream } from '@varve/core';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import type { Fixture } from './subject.ts';

interface Numbered {
  readonly type: string;
  readonly n: number;
}

/** The streams that the events 1, 2, 3 ... go to in turn. */
const names = ['user-1', 'order-1', 'user', 'user/a3/1', 'users-1'];
const typeOf = (n: number): string => (n % 3 === 0 ? 'Third' : 'Other');

/** Commits of three events each, numbered on from `first`, the last of which is of the type `Third`. */
function fill({ writer }: Fixture, commits: number, first = 0): void {
  for (let commit = 0; commit < commits; commit++) {
    const events = [1, 2, 3].map((offset) => first + commit * 3 + offset).map((n) => ({ type: typeOf(n), n }));
    writer.commit(names[commit % names.length]!, events, { round: commit });
  }
}

const numbers = (events: Iterable<unknown>): number[] => [...events].map((event) => (event as Numbered).n);
const streamOf = (n: number): string => names[Math.floor((n - 1) / 3) % names.length]!;
const expectedOf = (last: number, has: (n: number) => boolean): number[] => {
  return Array.from({ length: last }, (_, index) => index + 1).filter((n) => has(n));
};

export function streamContract(fixture: () => Fixture): void {
  it('derives streams by an object or a function, over events before and after, and deletes them', async () => {
    fill(fixture(), 5);
    const { writer } = fixture();
    const early = writer.createEventStream('thirds', { type: 'Third', n: { $gte: 6 } });
    writer.createStream('late ones', (event) => Number(event['n']) > 12);
    writer.createEventStream('first rounds', { n: { $lt: 100 } }, { metadata: { round: [0, 1] } });
    writer.createEventStream('deleted', { type: 'Third' });
    fill(fixture(), 5, 15);
    expect(writer.deleteEventStream('deleted')).toBe(true);
    expect(numbers(early)).toEqual([6, 9, 12, 15]);
    const reader = await fixture().reader();
    expect(numbers(reader.getEventStream('thirds'))).toEqual([6, 9, 12, 15, 18, 21, 24, 27, 30]);
    expect(numbers(reader.getEventStream('thirds', -1, -3))).toEqual([30, 27, 24]);
    expect(numbers(reader.getEventStream('thirds', 2, 3))).toEqual([9, 12]);
    expect(numbers(reader.getEventStream('late ones'))).toEqual(expectedOf(30, (n) => n > 12));
    expect(numbers(reader.getEventStream('first rounds'))).toEqual([1, 2, 3, 4, 5, 6, 16, 17, 18, 19, 20, 21]);
    expect(['thirds', 'deleted', 'late ones'].map((name) => reader.getStreamVersion(name))).toEqual([9, 0, 18]);
    expect([reader.hasStream('deleted'), reader.position]).toEqual([false, 30]);
    expect(reader.streamNames()).toEqual(names);
  });

  it('closes write streams for good', async () => {
    fill(fixture(), 2);
    fixture().writer.closeEventStream('user-1');
    const reader = await fixture().reader();
    const { writer } = fixture();
    expect(numbers(reader.getEventStream('user-1'))).toEqual([1, 2, 3]);
    const closed = expect.objectContaining({ code: 'STREAM_CLOSED', stream: 'user-1' }) as Error;
    expect(() => writer.commit('user-1', { n: 0 })).toThrow(closed);
    const commits = ['order-1', 'user-1'].map((stream) => ({ stream, events: { n: 0 } }));
    expect(() => writer.commitAll(commits)).toThrow(closed);
    expect(writer.commit('order-1', { n: 0 }).position).toBe(7);
  });

  it('joins streams, and those of a category, in global order', async () => {
    fill(fixture(), 12);
    const reader = await fixture().reader();
    const isUser = (n: number): boolean => ['user-1', 'user', 'user/a3/1'].includes(streamOf(n));
    const users = expectedOf(36, isUser);
    expect(numbers(reader.getEventStreamForCategory('user'))).toEqual(users);
    expect(numbers(reader.getEventStreamForCategory('user', -1, -4))).toEqual(users.slice(-4).toReversed());
    expect(numbers(reader.getEventStreamForCategory('user/a3'))).toEqual(
      expectedOf(36, (n) => streamOf(n) === 'user/a3/1'),
    );
    const joined = reader.getJoinedStream('both', ['order-1', 'users-1', 'nobody']);
    const both = expectedOf(36, (n) => ['order-1', 'users-1'].includes(streamOf(n)));
    expect(numbers(joined)).toEqual(both);
    expect(numbers(reader.fromStreams('both', ['order-1', 'users-1'], 3, -3))).toEqual(both.slice(2, -2));
    expect(numbers(reader.getEventStream('_all'))).toEqual(expectedOf(36, () => true));
  });

  it('narrows streams', async () => {
    fill(fixture(), 10);
    const reader = await fixture().reader();
    const all = (): EventStream<Numbered> => reader.getEventStream<Numbered>('_all');
    expect(numbers(all().from(4).until(-25))).toEqual([4, 5, 6]);
    expect(numbers(all().fromPosition(4).untilPosition(6).backwards())).toEqual([6, 5, 4]);
    expect(numbers(all().first(2))).toEqual([1, 2]);
    expect(numbers(all().backwards().last(2).forwards())).toEqual([29, 30]);
    expect(numbers(all().where({ type: 'Third' }).last(2))).toEqual([27, 30]);
    expect(numbers(all().where((event, { round }) => event.n > 5 && round === 2))).toEqual([7, 8, 9]);
    expect(numbers(reader.getEventStream<Numbered>('user').where({ test: ({ n }: Numbered) => n === 8 }))).toEqual([8]);
  });

  it('gives lines of JSON', async () => {
    fill(fixture(), 4);
    const reader = await fixture().reader();
    const lines = (await text(reader.getEventStream('order-1').toNdjson({ metadata: true }))).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
      [...reader.getEventStream('order-1').stored()].map((event) => structuredClone(event)),
    );
    const payloads = (await text(reader.getAllEvents().toNdjson())).trim().split('\n');
    expect(numbers(payloads.map((line) => JSON.parse(line) as unknown))).toEqual(expectedOf(12, () => true));
  });

  it('follows streams, also those that come later, by the same path as history', async () => {
    fill(fixture(), 5);
    const { writer } = fixture();
    writer.createEventStream('thirds', { type: 'Third' });
    const reader = await fixture().reader();
    const following = [
      numbersUntil(27, (options) => reader.follow('thirds', { ...options, from: 3 })),
      numbersUntil(27, (options) => reader.getEventStreamForCategory('user').follow(options)),
      numbersUntil(31, (options) => reader.follow('new', options)),
      numbersUntil(31, (options) => reader.getAllEvents().last(2).follow(options)),
    ];
    fill(fixture(), 5, 15);
    fixture().writer.commit('new', { type: 'New', n: 31 });
    await fixture().refresh(reader);
    expect(await Promise.all(following)).toEqual([
      [9, 12, 15, 18, 21, 24, 27],
      expectedOf(27, (n) => ['user-1', 'user', 'user/a3/1'].includes(streamOf(n))),
      [31],
      expectedOf(31, (n) => n > 13),
    ]);
  });
}

/** The numbers of the events that are followed, up to the event `last`. */
async function numbersUntil(
  last: number,
  follow: (options: { signal: AbortSignal }) => AsyncIterable<{ readonly payload: unknown }>,
): Promise<number[]> {
  const stop = new AbortController();
  const found: number[] = [];
  for await (const { payload } of follow({ signal: stop.signal })) {
    const { n } = payload as Numbered;
    found.push(n);
    if (n === last) stop.abort();
  }
  return found;
}
