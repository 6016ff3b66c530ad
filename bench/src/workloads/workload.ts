import type { Contender } from '../contenders/contender.ts';
import type { ReferenceWorkload } from '../reference/reference-workload.ts';
import { append } from './append.ts';
import { consumer } from './consumer.ts';
import { durable } from './durable.ts';
import { lag } from './lag.ts';
import type { Result } from './measurement.ts';
import { open, recover, reindex } from './openings.ts';
import * as reads from './reads.ts';
import type { WorkloadName } from './workload-name.ts';

export interface WorkloadContext {
  readonly contender: Contender;
  readonly reference: ReferenceWorkload;
  /** The directory of the store of this contender, scenario and round; `append` creates it, the others read it. */
  readonly directory: string;
  /** Ticks that are appended to another store first, to compile the code. */
  readonly warmUpTicks: number;
  /** How often a reading workload is repeated after its first, cold pass. */
  readonly warmPasses: number;
  /** How long a writer commits while the lag of its follower is measured. */
  readonly lagSeconds: number;
  /** How long the measurement of durable commits runs. */
  readonly durableSeconds: number;
}

export type Workload = (context: WorkloadContext) => Promise<Result>;

export const workloads: Readonly<Record<WorkloadName, Workload>> = {
  append,
  open,
  scan: reads.scan,
  'scan-backward': reads.scanBackward,
  'read-streams': reads.readStreams,
  join: reads.join,
  category: reads.category,
  derived: reads.derived,
  random: reads.random,
  ndjson: reads.ndjson,
  consumer,
  lag: (context) => lag(context, 1000),
  'busy-lag': (context) => lag(context, 20_000),
  'durable-1': durable(1),
  'durable-64': durable(64),
  recover,
  reindex,
};
