/**
 * The program of a worker thread, run as a task of a pool. It ends with its process, so there is nobody to watch for; the
 * rest is that of a worker process.
 */
import type { MessagePort } from 'node:worker_threads';
import { isSupervisorMessage, type SupervisorMessage, type WorkerMessage } from '../protocol/messages.ts';
import { WorkerProgram } from './worker-program.ts';

export interface ThreadTask {
  readonly port: MessagePort;
}

/** Tasks that this thread has begun. */
let tasks = 0;

/** Resolves with the code that a process would have ended with. */
export async function runInThread({ port }: ThreadTask): Promise<number> {
  const ended = Promise.withResolvers<number>();
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
    end: ended.resolve,
  });
  port.on('message', (message: unknown) => {
    if (isSupervisorMessage(message)) program.accept(asNewModule(message));
  });
  port.once('close', () => program.stop());
  tasks++;
  try {
    return await ended.promise;
  } finally {
    port.close();
  }
}

/** A thread that had another task before may have loaded the module as it was then: under another address it is loaded anew. */
function asNewModule(message: SupervisorMessage): SupervisorMessage {
  if (message.type !== 'load' || tasks === 1) return message;
  const { settings } = message;
  return { type: 'load', settings: { ...settings, moduleUrl: `${settings.moduleUrl}?task=${tasks}` } };
}
