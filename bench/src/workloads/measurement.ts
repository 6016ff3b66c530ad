import type { WorkloadName } from './workload-name.ts';

/** What one driver process found out; the line of JSON that it prints. */
export interface Measurement {
  readonly scenario: string;
  readonly contender: string;
  readonly workload: WorkloadName;
  readonly eventsPerPass: number;
  /** How long each pass took whose code was warm; appending makes one. */
  readonly passesNs: readonly number[];
  /** How long the first pass of a reading process took, which loads and compiles while it reads. */
  readonly coldNs?: number;
  /** Resident memory of the process before the store was opened: Node itself and, for appending, all events. */
  readonly rssBeforeBytes: number;
  readonly peakRssBytes: number;
  /** After appending and closing: the lengths of all files, and what the file system has set aside for them. */
  readonly storeSizeBytes?: number;
  readonly storeAllocatedBytes?: number;
  /** From a commit in one process to its event in another. */
  readonly lagNs?: { readonly p50: number; readonly p99: number; readonly max: number };
  /** From starting to open the store until its next commit could be taken. */
  readonly openNs?: number;
}

/** What a workload finds out; the driver adds what it was told to do. */
export type Result = Omit<Measurement, 'scenario' | 'contender' | 'workload'>;
