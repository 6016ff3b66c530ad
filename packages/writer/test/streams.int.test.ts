/**
 * Streams as users read them: narrowed, joined, by category, and as lines of JSON. Every case runs in a writer that reads what
 * it has not flushed, in one that does not, and in a reader beside it; with each codec, and with the smallest possible cache.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import {
  type EventStream,
  type ReadableEventStore,
  ReadOnlyEventStore,
  type SerializerOption,
  VarveError,
} from '@varve/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventStore } from '../src/index.ts';
import { commitAll, eventCount, type Numbered, numbersOf, read, streamOf, textOf } from './numbered-events.ts';

const custom: SerializerOption = {
  serialize: (value) => `~${JSON.stringify(value)}`,
  deserialize: (data: string) => JSON.parse(data.slice(1)) as unknown,
};
const codecs: readonly SerializerOption[] = ['msgpackr', 'json', custom];
const readers = ['writer, dirty reads', 'writer, clean reads', 'reader'] as const;
const variants = codecs.flatMap((serializer) => readers.map((reader) => ({ serializer, reader })));

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'streams-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

it('joins a derived stream and its write streams: each event comes once', async () => {
  await using store = await EventStore.open('shop', { storageDirectory: directory });
  commitAll(store);
  const even = store.createEventStream('even', (event) => Number(event['number']) % 2 === 0);
  expect(even.length).toBe(eventCount / 2);
  const joined = store.getJoinedStream<Numbered>('join', ['user-1', 'even', 'user-2']);
  const own = new Set(numbersOf('user-1', 'user-2'));
  const expected = Array.from({ length: eventCount }, (_, index) => index + 1).filter(
    (number) => own.has(number) || number % 2 === 0,
  );
  expect(read(joined)).toEqual(expected);
  expect(read(joined.last(50).backwards())).toEqual(expected.slice(-50).toReversed());
});

describe.each(variants)('streams: $reader, serializer $serializer', ({ serializer, reader }) => {
  let writer: EventStore;
  let store: ReadableEventStore;

  beforeEach(async () => {
    const storageConfig = { serializer, readCacheBytes: 1, dirtyReads: reader === 'writer, dirty reads' };
    writer = new EventStore('shop', { storageDirectory: directory, storageConfig });
    commitAll(writer);
    if (reader === 'writer, dirty reads') {
      store = writer;
      return;
    }
    writer.flush();
    if (reader === 'writer, clean reads') store = writer;
    else {
      const options = typeof serializer === 'string' ? {} : { serializer };
      store = await ReadOnlyEventStore.open('shop', { storageDirectory: directory, readCacheBytes: 1, ...options });
    }
    writer.commit('user-1', { number: 0, text: 'not flushed' });
  });

  afterEach(async () => {
    await store.close();
    await writer.close();
  });

  const stream = (): EventStream<Numbered> => store.getEventStream<Numbered>('user-1');
  const all = numbersOf('user-1');

  it('are narrowed by versions, whatever the order of the calls', () => {
    expect(read(stream())).toEqual(all);
    expect(read(stream().from(3).until(7))).toEqual(all.slice(2, 7));
    expect(read(stream().until(-2).from(-4))).toEqual(all.slice(-4, -1));
    expect(read(stream().from(3).first(2))).toEqual(all.slice(2, 4));
    expect(read(stream().until(7).last(2))).toEqual(all.slice(5, 7));
    expect(read(stream().backwards().last(3))).toEqual(all.slice(-3).toReversed());
    expect(read(stream().last(3).backwards())).toEqual(all.slice(-3).toReversed());
    expect(read(stream().backwards().first(3).forwards())).toEqual(all.slice(0, 3));
    expect(read(store.getEventStream<Numbered>('user-1', 7, 3))).toEqual(all.slice(2, 7).toReversed());
  });

  it('are empty where there is nothing, instead of turning round', () => {
    const end = all.length;
    expect(read(stream().from(end + 1))).toEqual([]);
    expect(read(stream().from(5).until(4))).toEqual([]);
    expect(read(stream().first(0))).toEqual([]);
    expect(read(stream().last(0))).toEqual([]);
    expect(read(store.getEventStream<Numbered>('user-1', end + 1))).toEqual([]);
    expect(read(store.getEventStream<Numbered>('nobody').last(3))).toEqual([]);
    expect(read(store.getJoinedStream<Numbered>('join', ['nobody', 'no one']).backwards())).toEqual([]);
    expect(read(store.getEventStreamForCategory<Numbered>('use'))).toEqual([]);
  });

  it('are narrowed by positions', () => {
    const [third, sixth] = [all[2]!, all[5]!];
    expect(read(stream().fromPosition(third).untilPosition(sixth))).toEqual(all.slice(2, 6));
    expect(
      read(
        stream()
          .fromPosition(third + 1)
          .untilPosition(sixth - 1),
      ),
    ).toEqual(all.slice(3, 5));
    expect(
      read(
        stream()
          .fromPosition(0)
          .untilPosition(eventCount * 2),
      ),
    ).toEqual(all);
    expect(read(stream().fromPosition(eventCount * 2))).toEqual([]);
    expect(read(stream().untilPosition(0))).toEqual([]);
  });

  it('are narrowed by predicates, with the first and last of what these let through', () => {
    const isEven = ({ number }: Numbered): boolean => number % 2 === 0;
    const even = all.filter((number) => number % 2 === 0);
    const later = { test: (_event: Numbered, { position }: { position: number }) => position > 100 };
    expect(read(stream().where(isEven))).toEqual(even);
    expect(read(stream().backwards().where(isEven).first(4))).toEqual(even.slice(0, 4).toReversed());
    expect(read(stream().where(isEven).last(4))).toEqual(even.slice(-4));
    expect(read(stream().where(isEven).last(4).first(2))).toEqual(even.slice(-4, -2));
    expect(read(stream().where(isEven).first(4).from(3))).toEqual(
      even.slice(0, 4).filter((number) => number >= all[2]!),
    );
    expect(read(stream().where(isEven).where(later))).toEqual(even.filter((number) => number > 100));
    expect(read(stream().where(later).first(3).where(isEven))).toEqual(
      all
        .filter((number) => number > 100)
        .slice(0, 3)
        .filter((number) => number % 2 === 0),
    );
  });

  it('are fixed where they were obtained, each one by itself', () => {
    const whole = stream();
    const narrow = whole.last(2);
    writer.commit('user-1', { number: -1, text: 'later' });
    writer.flush();
    expect(read(whole)).toEqual(all);
    expect(read(narrow)).toEqual(all.slice(-2));
    expect(read(whole.from(-1))).toEqual(all.slice(-1));
    expect(whole.version).toBe(all.length);
  });

  it('are joined in global order, also in reverse, in part, and where streams share events', () => {
    const joined = (...streams: string[]): EventStream<Numbered> => store.fromStreams<Numbered>('join', streams);
    const expected = numbersOf('user-2', 'order-1-2', 'users-1');
    const three = joined('order-1-2', 'user-2', 'users-1', 'user-2', 'nobody');
    expect(read(three)).toEqual(expected);
    expect(read(three.backwards())).toEqual(expected.toReversed());
    expect(read(three.from(100).until(-20))).toEqual(expected.slice(99, -19));
    expect(read(three.fromPosition(200).last(7))).toEqual(expected.slice(-7));
    expect(read(store.getJoinedStream<Numbered>('join', ['user-2', 'order-1-2', 'users-1'], -1, 5))).toEqual(
      expected.slice(4).toReversed(),
    );
    expect(three.version).toBe(expected.length);
    expect(three.name).toBe('join');
    expect(read(joined('user-1', '_all', 'user-2'))).toEqual(Array.from({ length: eventCount }, (_, i) => i + 1));
  });

  it('give two iterations of one join their own places', () => {
    const joined = store.getJoinedStream<Numbered>('join', ['user-1', 'user-2']);
    const [one, other] = [joined[Symbol.iterator](), joined[Symbol.iterator]()];
    const expected = numbersOf('user-1', 'user-2');
    for (const number of expected) {
      expect(one.next().value?.number).toBe(number);
      expect(other.next().value?.number).toBe(number);
    }
  });

  it('are found by category: the stream of that name, and those behind it with a "-" or "/"', async () => {
    const category = (name: string): number[] => read(store.getEventStreamForCategory<Numbered>(name));
    expect(category('user')).toEqual(numbersOf('user', 'user-1', 'user-2', 'user/a3/123'));
    expect(category('user/a3')).toEqual(numbersOf('user/a3/123'));
    expect(category('order')).toEqual(numbersOf('order-1-2'));
    expect(category('order-1')).toEqual(numbersOf('order-1-2'));
    const before = store.getEventStreamForCategory<Numbered>('order');
    writer.commit('order-new', { number: 10_000, text: '' });
    writer.flush();
    await store.waitFor(eventCount + (reader === 'writer, dirty reads' ? 1 : 2));
    expect(category('order')).toEqual([...numbersOf('order-1-2'), 10_000]);
    expect(read(before)).toEqual(numbersOf('order-1-2'));
  });

  it('are iterated in every way that there is, with the same events', async () => {
    const joined = store.getJoinedStream<Numbered>('join', ['user-1', 'user-2']).where(({ number }) => number % 5 > 0);
    const expected = numbersOf('user-1', 'user-2').filter((number) => number % 5 > 0);
    const awaited: number[] = [];
    for await (const { number } of joined) awaited.push(number);
    const called: number[] = [];
    joined.forEach((event, metadata, name) => {
      called.push(event.number);
      expect(name).toBe(streamOf(event.number));
      expect(metadata.position).toBe(event.number);
      expect(metadata['by']).toBe('test');
      expect(event.text).toBe(textOf(event.number));
    });
    const piped: number[] = [];
    const slow = new Writable({
      objectMode: true,
      highWaterMark: 1,
      write(event: Numbered, _encoding, done) {
        piped.push(event.number);
        setImmediate(done);
      },
    });
    await pipeline(joined, slow);
    expect([awaited, called, piped]).toEqual([expected, expected, expected]);
  });

  it('become lines of JSON, with or without metadata', async () => {
    const { length } = all;
    const lines = (await text(stream().toNdjson())).split('\n');
    expect(lines.pop()).toBe('');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(stream().events);
    const full = (await text(stream().backwards().toNdjson({ metadata: true }))).trimEnd().split('\n');
    expect(full.map((line) => JSON.parse(line) as unknown)).toEqual([...stream().backwards().stored()]);
    expect(full).toHaveLength(length);
  });

  it('make lines only as fast as they are taken', async () => {
    let looked = 0;
    const lines = store
      .getAllEvents<Numbered>()
      .where(() => ++looked > 0)
      .toNdjson();
    lines.once('data', () => lines.pause());
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(looked).toBeGreaterThan(0);
    expect(looked).toBeLessThan(eventCount);
    lines.destroy();
  });

  it('read what a predicate looked at aright, also when the predicate itself reads', async () => {
    const disturbing = (): boolean => [...store.getAllEvents()].length > 0;
    expect(stream().last(9).where(disturbing).events).toEqual(stream().last(9).events);
    const lines = text(stream().last(9).where(disturbing).toNdjson({ metadata: true }));
    expect(await lines).toBe(await text(stream().last(9).toNdjson({ metadata: true })));
  });

  it('let other work have its turn while a predicate lets nothing through', async () => {
    let turns = 0;
    const timer = setImmediate(() => turns++);
    const nothing = store.getAllEvents<Numbered>().where(() => false);
    for await (const event of nothing) expect(event).toBeUndefined();
    expect(turns).toBeGreaterThan(0);
    await pipeline(
      nothing.where(() => true),
      new Writable({ objectMode: true }),
    );
    expect(await text(nothing.toNdjson())).toBe('');
    clearImmediate(timer);
  });

  it('are narrowed by object matchers', () => {
    expect(read(stream().where({ number: { $gt: 100 } }))).toEqual(all.filter((number) => number > 100));
    expect(
      read(
        stream()
          .where({ number: [all[1]!, all[2]!] })
          .last(1),
      ),
    ).toEqual([all[2]]);
  });

  it('refuse what is no version, count, position, matcher or name', () => {
    expect(() => stream().from(1.5)).toThrow(expect.objectContaining({ code: 'INVALID_CURSOR' }));
    expect(() => stream().last(-1)).toThrow(expect.objectContaining({ code: 'INVALID_CURSOR' }));
    expect(() => stream().fromPosition(Number.NaN)).toThrow(expect.objectContaining({ code: 'INVALID_CURSOR' }));
    expect(() => stream().where(7 as never)).toThrow(VarveError);
    expect(() => store.getJoinedStream('join', [])).toThrow(expect.objectContaining({ code: 'INVALID_STREAM_NAME' }));
    expect(() => store.getEventStreamForCategory('')).toThrow(expect.objectContaining({ code: 'INVALID_STREAM_NAME' }));
  });
});
