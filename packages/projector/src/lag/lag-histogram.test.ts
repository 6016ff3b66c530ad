import { describe, expect, it } from 'vitest';
import { LagHistogram } from './lag-histogram.ts';

/** The durations 1, 3, 9, ... up to nearly an hour, and every value up to 100. */
const durations = [
  ...Array.from({ length: 101 }, (_, index) => index),
  ...Array.from({ length: 21 }, (_, power) => 3 ** power),
];

function filled(values: readonly number[]): LagHistogram {
  const histogram = new LagHistogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

describe('LagHistogram', () => {
  it('is empty at first', () => {
    expect(new LagHistogram().summary()).toEqual({ count: 0, p50Ms: 0, p99Ms: 0, maxMs: 0 });
  });

  it('tells percentiles to within a thirtieth, and never too low', () => {
    const sorted = durations.toSorted((left, right) => left - right).filter((us) => us < 2 ** 31);
    const histogram = filled(sorted);
    for (const share of [0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 1]) {
      const exact = sorted[Math.ceil(share * sorted.length) - 1]!;
      expect(histogram.percentileUs(share)).toBeGreaterThanOrEqual(exact);
      expect(histogram.percentileUs(share)).toBeLessThanOrEqual(exact * (1 + 1 / 30));
    }
  });

  it('gives a single value exactly', () => {
    for (const us of durations) expect(filled([us]).percentileUs(0.5)).toBe(us);
  });

  it('counts negative durations as none', () => {
    expect(filled([-5, -1]).summary()).toEqual({ count: 2, p50Ms: 0, p99Ms: 0, maxMs: 0 });
  });

  it('comes to the same when it is taken in parts and added up', () => {
    const parts = new LagHistogram();
    const sum = new LagHistogram();
    for (const [index, us] of durations.entries()) {
      parts.record(us);
      if (index % 10 === 0) sum.add(parts.take());
    }
    sum.add(parts.take());
    expect(parts.summary()).toEqual(new LagHistogram().summary());
    expect(sum.summary()).toEqual(filled(durations).summary());
    expect(sum.take()).toEqual(filled(durations).take());
  });
});
