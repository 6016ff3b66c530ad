/**
 * How far the writer may go. It may be ahead of the slowest projection, and of what the job has seen, by a quarter of
 * all events and no more. At full speed nobody ever waits for it; on a machine that is busy elsewhere it makes sure that
 * writer and projectors still run side by side, and that the kills still come in the middle.
 */
import type { RunProgress } from './run-progress.ts';

export function allowanceFor({ totalEvents, writer, projections }: RunProgress): number {
  const ahead = Math.max(1, Math.floor(totalEvents / 4));
  const slowest = Math.min(writer.position, ...projections.map(({ position }) => position));
  return Math.min(totalEvents, slowest + ahead);
}
