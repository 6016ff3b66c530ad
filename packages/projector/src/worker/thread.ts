/**
 * The program of a worker thread, run as a task of a pool. It ends with its process, so there is nobody to watch for; the
 * rest is that of a worker process.
 *
 * A thread has one task in its life. It does not end by itself, but says that it may be ended: a thread that went back to its
 * pool would have the modules of its next task as they were when it loaded them first.
 */
import type { MessagePort } from 'node:worker_threads';
import { isSupervisorMessage, type ThreadEnd, type WorkerMessage } from '../protocol/messages.ts';
import { WorkerProgram } from './worker-program.ts';

export interface ThreadTask {
  readonly port: MessagePort;
}

/** Never resolves: the thread is ended from outside. */
export function runInThread({ port }: ThreadTask): Promise<never> {
  const program = new WorkerProgram({
    channel: {
      send(message: WorkerMessage) {
        // A port delivers what was posted even when its thread dies right after.
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
