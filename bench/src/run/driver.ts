/**
 * The program of a child process: runs one workload of one contender, as its only argument says, and prints one line of
 * JSON. Each pair has its own process, so that none inherits another's memory, garbage or compiled code.
 */
import { loadContender } from '../contenders/load-contender.ts';
import { ReferenceWorkload } from '../reference/reference-workload.ts';
import type { Measurement } from '../workloads/measurement.ts';
import { workloads } from '../workloads/workload.ts';
import type { Assignment } from './assignment.ts';

const { scenario, contender, workload, shape, ...settings } = JSON.parse(process.argv[2] ?? '') as Assignment;

const measured = await workloads[workload]({
  contender: await loadContender(contender),
  reference: new ReferenceWorkload(shape),
  ...settings,
});
const measurement: Measurement = { scenario, contender, workload, ...measured };
console.log(JSON.stringify(measurement));
