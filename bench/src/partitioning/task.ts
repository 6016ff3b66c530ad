/** What one process of the partitioner measurement does, and what it found. */
import type { PartitionerOption } from '@varve/writer';

export interface PartitioningTask {
  readonly directory: string;
  readonly step: 'write' | 'open' | 'read';
  readonly partitioner: Exclude<PartitionerOption, (...values: never) => unknown>;
  /** The store's default when left out. */
  readonly maxOpenFiles?: number;
  readonly streamCount: number;
  readonly eventsPerStream: number;
}

export interface PartitioningFigures {
  readonly appendPerSecond?: number;
  readonly closeMs?: number;
  readonly openMs?: number;
  readonly readPerSecond?: number;
  readonly scanPerSecond?: number;
  /** Resident memory and open files at the end. */
  readonly rssBytes: number;
  readonly openFiles: number;
}

/** Twenty categories, so that `perCategory` has something to divide. */
export function streamName(number: number): string {
  return `region${number % 20}-customer${number}`;
}
