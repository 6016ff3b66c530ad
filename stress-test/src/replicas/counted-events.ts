/** What the writer commits: each event follows from its position alone, so that every process knows what it must be. */
export interface CountedEvent {
  readonly type: 'Counted';
  readonly number: number;
  readonly text: string;
}

export const storeName = 'counted';
const streams = 7;

export function streamOf(position: number): string {
  return `stream-${position % streams}`;
}

/** Sizes differ, so that frames end anywhere in the blocks that rsync compares. */
export function eventAt(position: number): CountedEvent {
  return { type: 'Counted', number: position, text: 'x'.repeat((position * 31) % 400) };
}

export const streamNames: readonly string[] = Array.from({ length: streams }, (_, index) => streamOf(index));

/** How many of the events up to `position` are in the stream. */
export function versionOf(stream: string, position: number): number {
  const rest = streamNames.indexOf(stream);
  return Math.floor((position - rest) / streams) + (rest === 0 ? 0 : 1);
}
