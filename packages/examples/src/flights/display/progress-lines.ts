/** The progress of a run as text: a block of lines for a terminal, one line for a file. */
import type { ProjectionStatus } from '@varve/projector';
import type { RunProgress } from '../running/run-progress.ts';
import { inGroups, inMilliseconds } from './number-text.ts';

const barWidth = 24;

export function progressBlock({ totalEvents, writer, projections }: RunProgress): string[] {
  const width = Math.max(...projections.map(({ name }) => name.length), 'writer'.length);
  const line = (name: string, position: number, text: string): string =>
    `${name.padEnd(width)}  ${bar(position / totalEvents)}  ${inGroups(position).padStart(7)}  ${text}`;
  return [
    line('writer', writer.position, writer.state),
    ...projections.map((projection) => line(projection.name, projection.position, describeProjection(projection))),
  ];
}

export function progressLine({ totalEvents, writer, projections }: RunProgress): string {
  const handled = projections.map(({ name, position }) => `${name} ${inGroups(position)}`).join(', ');
  return `${inGroups(writer.position)} of ${inGroups(totalEvents)} events written; handled: ${handled}`;
}

function describeProjection({ state, lag }: ProjectionStatus): string {
  if (state !== 'running') return state;
  return lag.events === 0 ? 'no lag' : `${inGroups(lag.events)} events behind, ${inMilliseconds(lag.ms)}`;
}

function bar(share: number): string {
  const filled = Math.min(barWidth, Math.max(0, Math.floor(share * barWidth)));
  return '='.repeat(filled) + '.'.repeat(barWidth - filled);
}
