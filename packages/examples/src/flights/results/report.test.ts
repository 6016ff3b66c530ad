/** The report at the end of the job, above all its last line. */
import { describe, expect, it } from 'vitest';
import { isFlawless, type JobReport, reportLines } from './report.ts';

const table = { title: 'Routes', header: ['route', 'flights'], rows: [['ORD-LAX', '2']] };

const flawless: JobReport = {
  expectedEvents: 40,
  check: { events: 40, faults: [] },
  comparisons: [
    { name: 'busiest-routes', differences: [], table },
    { name: 'flights-per-day', differences: [], table },
  ],
  kills: [{ victim: 'writer', pid: 7, storedEvents: 24 }],
  lags: [
    { name: 'busiest-routes', count: 30, p50Ms: 0.4, p99Ms: 12.3 },
    { name: 'flights-per-day', count: 0, p50Ms: 0, p99Ms: 0 },
  ],
  writtenInSeconds: 8,
  eventsPerSecond: 5,
  pacePerSecond: 5000,
};

const difference = { path: ['ORD', 'LAX'], projected: 1, plain: 2 };
const wrong: JobReport = {
  ...flawless,
  comparisons: [
    { name: 'busiest-routes', differences: Array.from({ length: 12 }, () => difference), table },
    { name: 'flights-per-day', differences: [], table },
  ],
};

describe('the report', () => {
  it('ends with the line that scripts look at', () => {
    expect(reportLines(flawless).at(-1)).toBe('40 events, 2 projections, 0 differences');
    expect(isFlawless(flawless)).toBe(true);
  });

  it('shows the tables, the kills and the lag', () => {
    const text = reportLines(flawless).join('\n');
    expect(text).toContain('Routes\nroute    flights\nORD-LAX        2\n');
    expect(text).toContain('the writer was killed with 24 events in the store');
    expect(text).toMatch(/busiest-routes +0\.40 ms +12 ms +30\n/);
    expect(text).toMatch(/flights-per-day +- +- +0\n/);
  });

  it('counts and shows what differs, without flooding the screen', () => {
    const lines = reportLines(wrong);
    expect(isFlawless(wrong)).toBe(false);
    expect(lines.filter((line) => line.includes('busiest-routes: ORD LAX: 1 in the projection'))).toHaveLength(10);
    expect(lines).toContain('  and 2 more');
    expect(lines.at(-1)).toBe('40 events, 2 projections, 12 differences');
  });

  it('counts events that are not as planned as differences', () => {
    const report = { ...flawless, check: { events: 39, faults: ['position 40: no event'] } };
    expect(isFlawless(report)).toBe(false);
    expect(reportLines(report)).toContain('  position 40: no event');
    expect(reportLines(report).at(-1)).toBe('39 events, 2 projections, 1 differences');
  });
});
