/** What an event costs in stores of growing size, and how that cost grows. */
import { isGrowth, type Scenario } from '../scenarios.ts';
import type { Row } from './rows.ts';

export interface Growth {
  readonly row: string;
  readonly title: string;
  readonly contender: string;
  readonly contenderTitle: string;
  /** Nanoseconds per event (for `open`: milliseconds in total) by the number of events. */
  readonly costs: readonly { readonly eventCount: number; readonly cost: number }[];
  /** The exponent of the number of events in the cost: 0 when the cost stays the same, 1 when it grows in proportion. */
  readonly slope: number;
}

const numbers = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });

export function growthOf(rows: readonly Row[], scenarios: readonly Scenario[]): Growth[] {
  const eventCounts = new Map(scenarios.map(({ name, shape }) => [name, shape.eventCount]));
  const found = new Map<string, Growth>();
  for (const { scenario, name, title, unit, entries } of rows.filter((row) => isGrowth(row.scenario))) {
    if (unit !== 'events/s' && unit !== 'ms') continue;
    for (const { contender, title: contenderTitle, median } of entries) {
      const cost = unit === 'ms' ? median : 1e9 / median;
      const key = `${name} ${contender}`;
      const costs = [...(found.get(key)?.costs ?? []), { eventCount: eventCounts.get(scenario)!, cost }];
      found.set(key, { row: name, title, contender, contenderTitle, costs, slope: slopeOf(costs) });
    }
  }
  return [...found.values()].filter(({ costs }) => costs.length > 1);
}

/** The slope of the least-squares line through the logarithms. */
function slopeOf(costs: Growth['costs']): number {
  const xs = costs.map(({ eventCount }) => Math.log(eventCount));
  const ys = costs.map(({ cost }) => Math.log(cost));
  const [meanX, meanY] = [mean(xs), mean(ys)];
  const spread = xs.reduce((sum, x) => sum + (x - meanX) ** 2, 0);
  return xs.reduce((sum, x, index) => sum + (x - meanX) * (ys[index]! - meanY), 0) / spread;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function formatGrowth(growths: readonly Growth[]): string {
  const lines = growths.map(({ title, contenderTitle, costs, slope }) => {
    const unit = title === 'open for writing' ? 'ms' : 'ns an event';
    const cells = costs.map(
      ({ eventCount, cost }) => `${numbers.format(cost)} at ${eventCount.toLocaleString('en-US')}`,
    );
    return `${title}, ${contenderTitle}: ${cells.join(', ')} ${unit}; slope ${slope.toFixed(2)}`;
  });
  return lines.length === 0
    ? ''
    : `== growth: the exponent of the number of events in the cost\n\n${lines.join('\n')}\n`;
}
