/**
 * The program of a worker thread, run as a task of a pool. It ends with its process, so it needs no watchdog; the rest
 * is the same as in a worker process.
 *
 * A thread has one task in its life. It does not end by itself, but reports that it may be terminated: if it returned
 * to its pool, its next task would get modules as they were when the thread first loaded them.
 */
import type { MessagePort } from 'node:worker_threads';
import { isSupervisorMessage, type ThreadEnd, type WorkerMessage } from '../protocol/messages.ts';
import { WorkerProgram } from './worker-program.ts';

export interface ThreadTask {
  readonly port: MessagePort;
}

/** Never resolves: the pool terminates the thread. */
export function runInThread({ port }: ThreadTask): Promise<never> {
  const program = new WorkerProgram({
    channel: {
      send(message: WorkerMessage) {
        // A port delivers posted messages even when its thread dies right after.
        port.postMessage(message, []);
        return Promise.resolve();
      },
      flush: () => Promise.resolve(),
    },
    prepare: () => undefined,
    loaded: () => undefined,
    end(exitCode) {
      port.postMessage({ type: 'end', exitCode } satisfies ThreadEnd, []);
    },
  });
  port.on('message', (message: unknown) => {
    if (isSupervisorMessage(message)) program.accept(message);
  });
  port.once('close', () => program.stop());
  return new Promise<never>(() => undefined);
}
