/**
 * Workers as threads of this process: one pool per projector, created when the first is started. A thread uses less
 * memory than a process and starts sooner. But it shares the process with its supervisor and all others, which it can
 * end (out of memory, a fault in native code), and has no process id and no output of its own.
 */
import { extname } from 'node:path';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { Piscina } from 'piscina';
import { messageOf } from '@varve/core/internal';
import { isThreadEnd, isWorkerMessage, type SupervisorMessage } from '../protocol/messages.ts';
import type { Worker, WorkerEnd, WorkerStart } from './worker.ts';

/** The program of a thread, next to this file, and compiled or not like this file. */
const program = new URL(`../worker/thread${extname(import.meta.url)}`, import.meta.url);

/** The operating system refuses more threads long before this number. */
const maxThreads = 4096;

export class ThreadPool {
  private pool: Promise<Piscina> | undefined;

  async start({ onMessage }: WorkerStart): Promise<Worker> {
    this.pool ??= makePool();
    return new WorkerThread(await this.pool, onMessage);
  }

  /** Ends the remaining threads. */
  async close(): Promise<void> {
    await (await this.pool)?.destroy();
  }
}

class WorkerThread implements Worker {
  readonly pid = undefined;
  readonly ended: Promise<WorkerEnd>;
  private readonly port: MessagePort;
  /** Resolves when all messages of the thread have arrived, and it has ended. */
  private readonly closed: Promise<void>;
  private readonly killing = new AbortController();
  /** The exit code that a process would have; undefined for a thread that did not end by itself. */
  private exitCode: number | undefined;

  constructor(pool: Piscina, onMessage: WorkerStart['onMessage']) {
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    this.closed = new Promise((resolve) => port1.once('close', resolve));
    port1.on('message', (message: unknown) => {
      if (isWorkerMessage(message)) onMessage(message);
      if (isThreadEnd(message)) this.dismiss(message.exitCode);
    });
    const task = pool.run({ port: port2 }, { transferList: [port2], signal: this.killing.signal });
    this.ended = this.endOf(task, port2);
  }

  send(message: SupervisorMessage): void {
    this.port.postMessage(message, []);
  }

  kill(): void {
    this.killing.abort();
  }

  /** Terminates a thread that has nothing left to do. */
  private dismiss(exitCode: number): void {
    this.exitCode ??= exitCode;
    this.kill();
  }

  /** `farPort`: the thread's end of the channel, which it receives only once it has begun. */
  private async endOf(task: Promise<unknown>, farPort: MessagePort): Promise<WorkerEnd> {
    const error = await task.catch((thrown: unknown) => thrown);
    // A thread that never began does not close its port. For one that has begun, this has no effect.
    farPort.close();
    // The thread's last messages and its end arrive over different channels. And an aborted task ends at once, but a
    // thread in a native call only when that returns: until then it owns the consumer, and excludes others.
    await this.closed;
    return { reason: this.reasonOf(error), exitCode: this.exitCode, signal: undefined, stderr: [] };
  }

  private reasonOf(error: unknown): string {
    if (this.exitCode !== undefined) return `its thread ended with code ${this.exitCode}`;
    return this.killing.signal.aborted ? 'its thread was ended' : `its thread ended: ${messageOf(error)}`;
  }
}

async function makePool(): Promise<Piscina> {
  const { Piscina } = await import('piscina');
  const pool = new Piscina({
    filename: program.href,
    name: 'runInThread',
    minThreads: 0,
    // Each worker needs a thread for as long as it runs: one that waited for another's end would wait forever.
    maxThreads,
    concurrentTasksPerWorker: 1,
    // A thread must be free to wait for the store, not for the next task.
    atomics: 'disabled',
  });
  // Each task reports its own end.
  pool.on('error', () => undefined);
  return pool;
}
