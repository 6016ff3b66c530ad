/**
 * How far the writer may go. It may be ahead of the slowest projection, and of what the job has seen, by at most a
 * quarter of all events. At full speed this limit never holds the writer up; on a machine that is busy elsewhere it
 * ensures that writer and projectors still run side by side, and that the kills still come in the middle.
 */
import type { RunProgress } from './run-progress.ts';

export function allowanceFor({ totalEvents, writer, projections }: RunProgress): number {
  const ahead = Math.max(1, Math.floor(totalEvents / 4));
  const slowest = Math.min(writer.position, ...projections.map(({ position }) => position));
  return Math.min(totalEvents, slowest + ahead);
}
