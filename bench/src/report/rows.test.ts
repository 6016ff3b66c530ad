import { describe, expect, it } from 'vitest';
import type { Contender, ContenderKind } from '../contenders/contender.ts';
import type { Measurement } from '../workloads/measurement.ts';
import { rowsOf, type Row } from './rows.ts';

function contender(name: string, kind: ContenderKind): Contender {
  const unused = (): Promise<never> => Promise.reject(new Error('only its name is read'));
  return { name, title: name, kind, workloads: ['append'], create: unused, open: unused };
}

function appended(name: string, elapsedNs: number, storeSizeBytes: number): Measurement {
  const memory = { rssBeforeBytes: 1e6, peakRssBytes: 2e6 };
  const run = {
    scenario: 'reference',
    contender: name,
    workload: 'append',
    eventsPerPass: 1000,
    passesNs: [elapsedNs],
  } as const;
  return { ...run, ...memory, storeSizeBytes };
}

describe('rowsOf', () => {
  const rows = rowsOf(
    [contender('old', 'store'), contender('new', 'store'), contender('loose', 'variant'), contender('bare', 'limit')],
    [
      appended('old', 4e6, 400_000),
      appended('old', 8e6, 400_000),
      appended('old', 4e6, 400_000),
      appended('new', 1e6, 200_000),
      appended('loose', 5e5, 100_000),
      appended('bare', 1e5, 50_000),
    ],
    'old',
  );
  const entriesOf = (name: string): Row['entries'] => rows.find((row) => row.name === name)?.entries ?? [];

  it('takes the median of the rounds and relates it to the baseline and to the best store', () => {
    const [old, recent, loose] = entriesOf('append');
    expect(old).toMatchObject({ median: 250_000, toBaseline: 1, toBest: 0.25, samples: [250_000, 125_000, 250_000] });
    expect(recent).toMatchObject({ median: 1_000_000, toBaseline: 4, toBest: 1 });
    expect(loose).toMatchObject({ median: 2_000_000, toBaseline: 8, toBest: 2 });
  });

  it('takes the least as the best where less is better', () => {
    expect(entriesOf('bytes-per-event').map(({ median, toBest }) => [median, toBest])).toEqual([
      [400, 2],
      [200, 1],
      [100, 0.5],
      [50, 0.25],
    ]);
  });

  it('has no entry for what was not measured', () => {
    expect(entriesOf('scan')).toEqual([]);
  });
});
