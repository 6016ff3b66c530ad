import type { Contender } from '../contenders/contender.ts';
import type { ReferenceWorkload } from '../reference/reference-workload.ts';
import { append } from './append.ts';
import { lag } from './lag.ts';
import type { Measurement } from './measurement.ts';
import { random, readStreams, scan } from './reads.ts';
import type { WorkloadName } from './workload-name.ts';

export interface WorkloadContext {
  readonly contender: Contender;
  readonly reference: ReferenceWorkload;
  /** Where the store of this contender and round lies; made by `append`, read by the others. */
  readonly directory: string;
  /** How often a reading workload is repeated after its first, cold pass. */
  readonly warmPasses: number;
  /** How long a writer commits while its follower is measured. */
  readonly lagSeconds: number;
}

export type Workload = (context: WorkloadContext) => Promise<Omit<Measurement, 'contender' | 'workload'>>;

export const workloads: Readonly<Record<WorkloadName, Workload>> = {
  append,
  scan,
  'read-streams': readStreams,
  random,
  lag,
};
