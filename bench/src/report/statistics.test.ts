import { describe, expect, it } from 'vitest';
import { median, summarize } from './statistics.ts';

describe('median', () => {
  it('is the middle, or the mean of the two in the middle', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([9, 1, 5, 6])).toBe(5.5);
    expect(() => median([])).toThrow(/nothing/);
  });
});

describe('summarize', () => {
  it('gives half the range as a share of the median', () => {
    expect(summarize([90, 100, 130])).toMatchObject({ median: 100, spread: 0.2 });
  });
});
