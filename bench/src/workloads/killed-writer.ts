/** The program of a process that appends all events, reports it, and waits to be killed with the store open. */
import { loadContender } from '../contenders/load-contender.ts';
import { ReferenceWorkload, type WorkloadShape } from '../reference/reference-workload.ts';
import { appendTicks } from './append.ts';

export interface KilledWriterTask {
  readonly contender: string;
  readonly directory: string;
  readonly shape: WorkloadShape;
}

const task = JSON.parse(process.argv[2] ?? '') as KilledWriterTask;
const appender = await (await loadContender(task.contender)).create(task.directory, task.shape);
await appendTicks(appender, new ReferenceWorkload(task.shape).ticks());
process.send?.('appended');
setInterval(() => undefined, 1000);
// A parent that has ended cannot kill this process.
process.once('disconnect', () => process.exit(1));
