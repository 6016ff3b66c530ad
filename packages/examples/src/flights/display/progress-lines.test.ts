/** Progress as text, for a terminal and for a file. */
import { describe, expect, it } from 'vitest';
import { runProgressOf, withStatus } from '../../../test/run-progress-of.ts';
import { progressBlock, progressLine } from './progress-lines.ts';

const progress = withStatus(
  runProgressOf({ writer: 5000, projections: [5000, 2500, 4000] }, 10_000),
  'busiest-routes',
  {
    state: 'restarting',
  },
);

describe('progress as text', () => {
  it('is a line for the writer and one for each projection', () => {
    expect(progressBlock(progress)).toEqual([
      'writer              ============............    5,000  writing',
      'airport-departures  ============............    5,000  no lag',
      'busiest-routes      ======..................    2,500  restarting',
      'flights-per-day     =========...............    4,000  1,000 events behind, 1.50 ms',
    ]);
  });

  it('is one line where lines cannot be drawn over', () => {
    expect(progressLine(progress)).toBe(
      '5,000 of 10,000 events written; handled: airport-departures 5,000, busiest-routes 2,500, flights-per-day 4,000',
    );
  });
});
