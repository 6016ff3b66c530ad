import { describe, expect, it } from 'vitest';
import type { Scenario } from '../scenarios.ts';
import { formatGrowth, growthOf } from './growth.ts';
import type { Row } from './rows.ts';

const shape = { streamCount: 1, eventsPerCommit: 1, commitsPerTick: 1, eventSize: 'order', derived: false } as const;
const scenarios: Scenario[] = [1000, 10_000, 100_000].map((eventCount) => ({
  name: `growth-${eventCount}`,
  shape: { ...shape, eventCount },
  workloads: ['scan'],
  rounds: 1,
}));

function scanned(scenario: string, median: number): Row {
  const ratios = { toBaseline: undefined, toBest: 1 };
  const entry = {
    contender: 'a',
    title: 'A 1.0',
    kind: 'store',
    median,
    spread: 0,
    samples: [median],
    ...ratios,
  } as const;
  return { scenario, name: 'scan', title: 'scan all', unit: 'events/s', better: 'more', entries: [entry] };
}

describe('growthOf', () => {
  it('has no slope where an event costs the same in every size', () => {
    const [growth] = growthOf(
      scenarios.map(({ name }) => scanned(name, 1e6)),
      scenarios,
    );
    expect(growth?.slope).toBeCloseTo(0);
    expect(growth?.costs.map(({ cost }) => cost)).toEqual([1000, 1000, 1000]);
  });

  it('has the exponent with which the cost grows', () => {
    const rows = scenarios.map(({ name, shape: { eventCount } }) => scanned(name, 1e9 / Math.sqrt(eventCount)));
    const growths = growthOf(rows, scenarios);
    expect(growths[0]?.slope).toBeCloseTo(0.5);
    expect(formatGrowth(growths)).toContain(
      'scan all, A 1.0: 31.6 at 1,000, 100 at 10,000, 316 at 100,000 ns an event; slope 0.50',
    );
  });

  it('says nothing of one size alone, or of what does not grow', () => {
    expect(growthOf([scanned('growth-1000', 1e6), scanned('reference', 1e6)], scenarios)).toEqual([]);
    expect(formatGrowth([])).toBe('');
  });
});
