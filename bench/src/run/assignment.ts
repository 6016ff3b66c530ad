import type { Durations } from '../options.ts';
import type { WorkloadShape } from '../reference/reference-workload.ts';
import type { WorkloadName } from '../workloads/workload-name.ts';

/** What a driver process has to do. */
export interface Assignment extends Durations {
  readonly scenario: string;
  readonly contender: string;
  readonly workload: WorkloadName;
  readonly shape: WorkloadShape;
  readonly directory: string;
}
