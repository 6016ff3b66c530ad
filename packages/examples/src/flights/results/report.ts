/** What the job prints at the end. The last line is the one for scripts. */
import { inGroups, inMilliseconds, withOneDecimal } from '../display/number-text.ts';
import { renderTable, type TextTable } from '../display/text-table.ts';
import { describeKill, type Kill } from '../running/kill-plan.ts';
import type { Comparison } from './comparison.ts';
import { describeDifference } from './difference.ts';
import type { EventCheck } from './event-check.ts';

export interface ProjectionLag {
  readonly name: string;
  /** The number of events that were handled live. */
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface JobReport {
  readonly expectedEvents: number;
  readonly check: EventCheck;
  readonly comparisons: readonly Comparison[];
  readonly kills: readonly Kill[];
  readonly lags: readonly ProjectionLag[];
  readonly writtenInSeconds: number;
  readonly eventsPerSecond: number;
  /** The pace that the writer was given. */
  readonly pacePerSecond: number;
}

/** Only the first faults are shown. */
const shownFaults = 10;

/** The number of events that are not the planned ones, plus that of fields in which projections and plain loop differ. */
export function differenceCount({ check, comparisons }: JobReport): number {
  return comparisons.reduce((sum, { differences }) => sum + differences.length, check.faults.length);
}

export function isFlawless(report: JobReport): boolean {
  return report.check.events === report.expectedEvents && differenceCount(report) === 0;
}

export function reportLines(report: JobReport): string[] {
  const { check, comparisons, expectedEvents } = report;
  const tables = [...comparisons.map(({ table }) => table), lagTable(report)];
  return [
    ...tables.flatMap((table) => [...renderTable(table), '']),
    ...report.kills.map((kill) => `In the middle ${describeKill(kill)}, and another process carried on.`),
    describeSpeed(report),
    check.faults.length === 0
      ? `Each of the ${inGroups(expectedEvents)} events is in the store once, at its place.`
      : `Of the events, ${inGroups(check.faults.length)} are not as they should be.`,
    ...faultLines(report),
    '',
    `${check.events} events, ${comparisons.length} projections, ${differenceCount(report)} differences`,
  ];
}

function lagTable({ lags }: JobReport): TextTable {
  return {
    title: 'From commit to projection, in another process',
    header: ['projection', 'p50', 'p99', 'live events'],
    rows: lags.map(({ name, p50Ms, p99Ms, count }) => {
      // A projection that never caught up with the writer has handled nothing live.
      const [p50, p99] = count === 0 ? ['-', '-'] : [inMilliseconds(p50Ms), inMilliseconds(p99Ms)];
      return [name, p50, p99, inGroups(count)];
    }),
  };
}

function describeSpeed({ eventsPerSecond, pacePerSecond, writtenInSeconds, expectedEvents }: JobReport): string {
  const events = `${inGroups(expectedEvents)} events in ${withOneDecimal(writtenInSeconds)} s`;
  return `${events}: ${inGroups(eventsPerSecond)} events/s, at a pace of ${inGroups(pacePerSecond)} (see --rate).`;
}

function faultLines({ check, comparisons }: JobReport): string[] {
  const faults = [
    ...check.faults,
    ...comparisons.flatMap(({ name, differences }) =>
      differences.map((difference) => `${name}: ${describeDifference(difference)}`),
    ),
  ];
  const shown = faults.slice(0, shownFaults).map((fault) => `  ${fault}`);
  return faults.length > shown.length ? [...shown, `  and ${inGroups(faults.length - shown.length)} more`] : shown;
}
