/**
 * The program of the writing process of the lag workload: creates a store, waits for its parent's message, commits
 * single events at a steady rate, and keeps the store open until the parent has seen them all.
 */
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { loadContender } from '../contenders/load-contender.ts';
import { ReferenceWorkload, type WorkloadShape } from '../reference/reference-workload.ts';

export interface LagWriterTask {
  readonly contender: string;
  readonly directory: string;
  readonly shape: WorkloadShape;
  readonly count: number;
  readonly commitsPerSecond: number;
}

const task = JSON.parse(process.argv[2] ?? '') as LagWriterTask;
const reference = new ReferenceWorkload(task.shape);
const appender = await (await loadContender(task.contender)).create(task.directory, task.shape);
// Without this, a parent that has ended would leave a writer behind that waits for its message.
process.once('disconnect', () => process.exit(1));
process.send?.('ready');
await once(process, 'message');
// The parent may have seen everything before this process knows that the events are flushed.
const dismissed = once(process, 'message');
await commitAtRate();
await appender.flushed();
await dismissed;
await appender.close();
process.exit(0);

/**
 * A timer of one millisecond is late now and then; the commits due by then are made at once, each event with the time
 * at which it really was committed.
 */
async function commitAtRate(): Promise<void> {
  const start = process.hrtime.bigint();
  for (let committed = 0; committed < task.count;) {
    const elapsedSeconds = Number(process.hrtime.bigint() - start) / 1e9;
    const due = Math.min(task.count, Math.floor(elapsedSeconds * task.commitsPerSecond));
    for (; committed < due; committed++) {
      const position = committed + 1;
      const stream = reference.streams[reference.streamIndexAt(position)]!;
      const order = { ...reference.orderAt(position), placedAt: Number(process.hrtime.bigint()) };
      appender.appendTick([{ stream, orders: [order] }]);
    }
    await setTimeout(1);
  }
}
