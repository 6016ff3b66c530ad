import { describe, expect, it } from 'vitest';
import type { ContenderKind } from '../contenders/contender.ts';
import type { Entry, Row } from '../report/rows.ts';
import { barChart } from './charts.ts';
import { benchmarksPage, readmeTable } from './pages.ts';
import { combined, type Published } from './published.ts';

function entry(contender: string, median: number, toBest: number, kind: ContenderKind = 'store'): Entry {
  return { contender, title: `${contender} 1.0`, kind, median, spread: 0, samples: [median], toBaseline: 1, toBest };
}

const rows: Row[] = [
  {
    scenario: 'reference',
    name: 'append',
    title: 'append',
    unit: 'events/s',
    better: 'more',
    entries: [entry('varve', 600_000, 0.5), entry('lmdb', 1_200_000, 1), entry('limit-msgpackr', 2e6, 1.7, 'limit')],
  },
  {
    scenario: 'reference',
    name: 'bytes-per-event',
    title: 'bytes per event on disk',
    unit: 'bytes',
    better: 'less',
    entries: [entry('varve', 120, 1), entry('lmdb', 180, 1.5)],
  },
];

const published: Published = {
  startedAt: '2026-01-02T03:04:05.000Z',
  environment: {
    node: 'v24.0.0',
    platform: 'linux 6',
    cpu: 'a processor',
    cores: 2,
    memoryBytes: 8e9,
    fileSystem: 'ext4',
    loadBefore: 0,
  },
  scenarios: [
    {
      name: 'reference',
      workloads: ['append'],
      rounds: 5,
      shape: {
        eventCount: 200_000,
        streamCount: 100,
        eventsPerCommit: 1,
        commitsPerTick: 1000,
        eventSize: 'order',
        derived: false,
      },
    },
  ],
  rows,
};

describe('the table of the README', () => {
  const lines = readmeTable(published).split('\n');

  it('has a column for each product that took part, and says how many times better Varve is than it', () => {
    expect(lines[0]).toBe('| | Varve | LMDB | limit |');
    expect(lines[2]).toBe('| append, events/s | 600 k | **1.2 M** (0.5) | 2 M |');
    expect(lines[3]).toBe('| bytes per event on disk, bytes | **120** | 180 (1.5) | - |');
  });
});

it('has all rows of all scenarios on the page', () => {
  const page = benchmarksPage(published);
  expect(page).toContain('## reference\n\n200,000 events (order), 100 streams, 1 to a commit; medians of rounds: 5.');
  expect(page).toContain('![append](charts/append.svg)');
});

it('draws a bar for each contender', () => {
  const svg = barChart(rows[0]!);
  expect(svg).toMatch(/^<svg /);
  for (const text of ['varve 1.0', 'lmdb 1.0', '600 k', '1.2 M']) expect(svg).toContain(text);
});

describe('runs that measured different scenarios', () => {
  const [scenario] = published.scenarios;
  const renamed = (name: string, startedAt: string): Published => ({
    ...published,
    startedAt,
    scenarios: [scenario!, { ...scenario!, name }],
    rows: [...rows, ...rows.map((row) => ({ ...row, scenario: name }))],
  });
  const old = renamed('commits-of-10', '2025-01-02T03:04:05.000Z');
  const middle = combined([renamed('one-stream', '2025-06-02T03:04:05.000Z'), old]);

  it('are one page, on which what is older says when it was measured', () => {
    const page = benchmarksPage(combined([published, middle]));
    const sections = page.split('\n## ').map((section) => section.split('\n', 3).join(' '));
    expect(sections.filter((section) => section.includes('medians'))).toEqual([
      expect.not.stringContaining('Measured on'),
      expect.stringMatching(/^one stream .*Measured on 2025-06-02/),
      expect.stringMatching(/^commits of 10 .*Measured on 2025-01-02/),
    ]);
  });

  it('have the rows of the newest that measured them, once', () => {
    const whole = combined([published, middle]);
    expect(whole.startedAt).toBe(published.startedAt);
    expect(whole.rows).toHaveLength(3 * rows.length);
    expect(combined([whole, middle])).toEqual(whole);
    expect(combined([published])).toEqual(published);
  });
});
