import type { WorkloadName } from './workload-name.ts';

/** What one driver process measured; the line of JSON that it prints. */
export interface Measurement {
  readonly scenario: string;
  readonly contender: string;
  readonly workload: WorkloadName;
  readonly eventsPerPass: number;
  /** The time of each pass with warm code; appending makes one pass. */
  readonly passesNs: readonly number[];
  /** The time of the first pass of a reading process, which loads and compiles while it reads. */
  readonly coldNs?: number;
  /** Resident memory of the process before the store was opened: Node itself and, for appending, all events. */
  readonly rssBeforeBytes: number;
  readonly peakRssBytes: number;
  /** After appending and closing: the lengths of all files, and what the file system has allocated for them. */
  readonly storeSizeBytes?: number;
  readonly storeAllocatedBytes?: number;
  /** The time from a commit in one process to its event in another. */
  readonly lagNs?: { readonly p50: number; readonly p99: number; readonly max: number };
  /** The time from starting to open the store until its next commit could be taken. */
  readonly openNs?: number;
}

/** What a workload measures; the driver adds the fields of its assignment. */
export type Result = Omit<Measurement, 'scenario' | 'contender' | 'workload'>;
