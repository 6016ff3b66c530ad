/** The progress of all processes, as the job sees it at one moment. */
import type { ProjectionStatus } from '@varve/projector';
import type { WriterState } from '../writing/writer-supervisor.ts';

export interface RunProgress {
  readonly totalEvents: number;
  /** `position` is that of the store: up to there, other processes can read the events. */
  readonly writer: { readonly state: WriterState; readonly pid: number | undefined; readonly position: number };
  readonly projections: readonly ProjectionStatus[];
}

/** Whether everything is written, and contained in the saved state of every projection. */
export function isComplete({ totalEvents, writer, projections }: RunProgress): boolean {
  return writer.state === 'finished' && projections.every(({ coveredPosition }) => coveredPosition >= totalEvents);
}
