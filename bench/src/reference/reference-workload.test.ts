import { describe, expect, it } from 'vitest';
import { ReferenceWorkload } from './reference-workload.ts';
import { Tally } from './tally.ts';

const shape = {
  eventCount: 1003,
  streamCount: 7,
  eventsPerCommit: 2,
  commitsPerTick: 100,
  eventSize: 'order',
  derived: false,
} as const;

describe('ReferenceWorkload', () => {
  const reference = new ReferenceWorkload(shape);
  const commits = [...reference.ticks()].flat();

  it('holds every event once, in order, in commits and ticks of the given size', () => {
    const orders = commits.flatMap((commit) => commit.orders);
    expect(orders).toEqual(Array.from({ length: 1003 }, (_, index) => reference.orderAt(index + 1)));
    expect(commits).toHaveLength(502);
    expect([...reference.ticks()].map((tick) => tick.length)).toEqual([100, 100, 100, 100, 100, 2]);
    expect(commits.at(-1)?.orders).toHaveLength(1);
  });

  it('expects of each stream what was committed to it', () => {
    const expected = new Tally();
    for (const stream of reference.streams) {
      const tally = new Tally();
      const ofStream = commits.filter((commit) => commit.stream === stream);
      for (const order of ofStream.flatMap((commit) => commit.orders)) tally.add(order);
      expect(tally.count).toBeGreaterThan(shape.eventCount / shape.streamCount / 2);
      expected.merge(tally);
    }
    expect(reference.expectedOfEachStream()).toEqual(expected);
  });

  it('takes turns among streams that have few events each, so that none is empty', () => {
    const many = new ReferenceWorkload({ ...shape, streamCount: 500, eventsPerCommit: 1 });
    const counts = new Map<string, number>();
    for (const { stream } of [...many.ticks()].flat()) counts.set(stream, (counts.get(stream) ?? 0) + 1);
    expect(counts.size).toBe(500);
    expect(new Set(counts.values())).toEqual(new Set([2, 3]));
  });

  it('expects of a join and of a category what was committed to their streams', () => {
    const many = new ReferenceWorkload({ ...shape, streamCount: 100 });
    const all = [...many.ticks()].flat();
    const committedTo = (streams: readonly string[]): Tally => {
      const tally = new Tally();
      const orders = all.filter(({ stream }) => streams.includes(stream)).flatMap((commit) => commit.orders);
      for (const order of orders) tally.add(order);
      return tally;
    };
    expect(many.joinedStreams).toHaveLength(10);
    expect(many.categoryStreams).toHaveLength(10);
    expect(many.categoryStreams.every((stream) => stream.startsWith(`${many.category}-`))).toBe(true);
    expect(many.expectedOfStreams(many.joinedStreams)).toEqual(committedTo(many.joinedStreams));
    expect(many.expectedOfStreams(many.categoryStreams)).toEqual(committedTo(many.categoryStreams));
  });

  it('draws random positions within the store, the same ones each time', () => {
    const positions = reference.randomPositions(5000);
    expect(Math.min(...positions)).toBe(1);
    expect(Math.max(...positions)).toBe(1003);
    expect(reference.randomPositions(5000)).toEqual(positions);
  });
});

describe('Tally', () => {
  const reference = new ReferenceWorkload(shape);
  const tallyOf = (...positions: number[]): Tally => reference.expectedOf(positions);

  it.each([
    ['a missing event', tallyOf(1, 2)],
    ['a doubled event', tallyOf(1, 2, 3, 3)],
    ['swapped events', tallyOf(1, 3, 2)],
    ['another event', tallyOf(1, 2, 4)],
  ])('finds %s', (_, found) => {
    expect(() => found.mustEqual(tallyOf(1, 2, 3), 'a reader')).toThrow(/a reader read wrong data/);
  });

  it('accepts the same events in the same order', () => {
    expect(() => tallyOf(1, 2, 3).mustEqual(tallyOf(1, 2, 3), 'a reader')).not.toThrow();
  });
});
