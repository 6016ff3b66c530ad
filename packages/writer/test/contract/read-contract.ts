/** What reading gives, in every variant of a store. */
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect, it } from 'vitest';
import { expectedRange } from './expected-range.ts';
import type { Fixture } from './subject.ts';

interface Numbered {
  readonly n: number;
}

/** Events 1, 2, 3 ... of `count` streams in turn. */
function fill({ writer }: Fixture, events: number, count = 1): void {
  for (let n = 1; n <= events; n++) writer.commit(`s${n % count}`, { n });
}

function numbers(events: Iterable<unknown>): number[] {
  return [...events].map((event) => (event as Numbered).n);
}

export function readContract(fixture: () => Fixture): void {
  it('gives any range of a stream, forwards and backwards', async () => {
    fill(fixture(), 5);
    const reader = await fixture().reader();
    for (let min = -7; min <= 8; min++) {
      for (let max = -7; max <= 8; max++) {
        const expected = expectedRange(5, min, max);
        const stream = reader.getEventStream('s0', min, max);
        expect([min, max, ...numbers(stream)]).toEqual([min, max, ...expected]);
        expect([stream.length, stream.version]).toEqual([expected.length, 5]);
        expect([min, max, ...numbers(reader.getAllEvents(min, max))]).toEqual([min, max, ...expected]);
      }
    }
    // A range that begins after the last event does not give the last event again.
    expect(numbers(reader.getEventStream('s0', 6))).toEqual([]);
    expect(numbers(reader.getEventStream('none', 1))).toEqual([]);
    expect(() => reader.getEventStream('s0', 1.5)).toThrow(expect.objectContaining({ code: 'INVALID_CURSOR' }));
    expect(() => reader.getEventStream('s0', 1, NaN)).toThrow(expect.objectContaining({ code: 'INVALID_CURSOR' }));
  });

  it('gives the same events each time, whatever is committed meanwhile', async () => {
    fill(fixture(), 4, 2);
    const reader = await fixture().reader();
    const streams = [reader.getEventStream('s0'), reader.getEventStream('s1', -1, 1), reader.getAllEvents(2)];
    const expected = [
      [2, 4],
      [3, 1],
      [2, 3, 4],
    ];
    const iterator = streams[0]![Symbol.iterator]();
    expect(iterator.next().value).toEqual({ n: 2 });
    expect(streams.map((stream) => numbers(stream))).toEqual(expected);
    fixture().writer.commit('s0', [{ n: 5 }, { n: 6 }]);
    fixture().writer.flush();
    expect(streams.map((stream) => numbers(stream))).toEqual(expected);
    expect([iterator.next(), iterator.next()]).toEqual([
      { done: false, value: { n: 4 } },
      { done: true, value: undefined },
    ]);
  });

  it('reads a stream in every way that JavaScript has', async () => {
    fill(fixture(), 700, 2);
    const reader = await fixture().reader();
    const expected = Array.from({ length: 350 }, (_, index) => (index + 1) * 2);
    const open = () => reader.getEventStream<Numbered>('s0');
    expect(numbers(open())).toEqual(expected);
    expect(numbers(open().events)).toEqual(expected);
    expect([...open().stored()].map(({ payload, stream, metadata }) => [payload.n, stream, metadata.position])).toEqual(
      expected.map((n) => [n, 's0', n]),
    );
    const seen: unknown[] = [];
    open().forEach((event, metadata, stream) => seen.push([event.n, metadata.streamVersion, stream]));
    expect(seen).toEqual(expected.map((n) => [n, n / 2, 's0']));
    const awaited: number[] = [];
    for await (const { n } of open()) awaited.push(n);
    expect(awaited).toEqual(expected);
    const pushed: number[] = [];
    await new Promise((resolve, reject) => {
      open()
        .on('data', ({ n }: Numbered) => pushed.push(n))
        .on('end', resolve)
        .on('error', reject);
    });
    expect(pushed).toEqual(expected);
    const piped: number[] = [];
    const slow = new Writable({
      objectMode: true,
      highWaterMark: 3,
      write(event: Numbered, _encoding, done) {
        piped.push(event.n);
        setImmediate(done);
      },
    });
    await pipeline(open(), slow);
    expect(piped).toEqual(expected);
  });

  it('stops when the one who reads does', async () => {
    fill(fixture(), 600);
    const reader = await fixture().reader();
    const seen: number[] = [];
    for await (const event of reader.getAllEvents()) {
      seen.push((event as Numbered).n);
      if (seen.length === 300) break;
    }
    for (const event of reader.getAllEvents()) {
      seen.push((event as Numbered).n);
      break;
    }
    expect([seen.length, seen.at(-2), seen.at(-1)]).toEqual([301, 300, 1]);
  });

  it('reads several streams side by side', async () => {
    fill(fixture(), 60, 3);
    const reader = await fixture().reader();
    const iterators = ['s0', 's1', 's2', '_all'].map((name) => reader.getEventStream(name)[Symbol.iterator]());
    const rows: unknown[] = [];
    for (let row = 0; row < 20; row++) rows.push(iterators.map((iterator) => iterator.next().value as Numbered));
    expect(rows).toEqual(
      Array.from({ length: 20 }, (_, row) => [3, 1, 2].map((n) => ({ n: row * 3 + n })).concat({ n: row + 1 })),
    );
  });

  it('finds single events by their position', async () => {
    fill(fixture(), 20, 3);
    const reader = await fixture().reader();
    for (const position of [20, 1, 7, 7, 13, 2]) {
      const { stream, payload, metadata } = reader.readEvent(position);
      expect([stream, payload, metadata.position]).toEqual([`s${position % 3}`, { n: position }, position]);
    }
    for (const position of [0, 21, -1, 1.5, NaN]) {
      expect(() => reader.readEvent(position)).toThrow(
        expect.objectContaining({ code: 'INVALID_CURSOR', hint: expect.any(String) as string }),
      );
    }
  });

  it('says which streams there are, in the order in which they were made', async () => {
    fill(fixture(), 6, 3);
    const reader = await fixture().reader();
    expect(reader.streamNames()).toEqual(['s1', 's2', 's0']);
    expect(['s0', '_all', 's3', 'S0'].map((name) => reader.hasStream(name))).toEqual([true, true, false, false]);
    expect(['s0', '_all', 's3'].map((name) => reader.getStreamVersion(name))).toEqual([2, 6, 0]);
    expect(reader.getEventStream('_all').version).toBe(6);
  });
}
