/**
 * One worker process, from its start to its end. It runs with the executable and, unless told otherwise, the options of
 * this process. It is not killed when this process exits: its channel closes then, and it saves and ends by itself.
 */
import type { ChildProcess } from 'node:child_process';
import { extname } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { isWorkerMessage, type SupervisorMessage, type WorkerMessage } from '../protocol/messages.ts';
import { OutputTail } from './output-tail.ts';
import type { Worker, WorkerEnd, WorkerStart } from './worker.ts';

export interface WorkerProcessOptions extends WorkerStart {
  readonly workerOutput: 'inherit' | 'ignore';
  readonly nodeOptions: readonly string[] | undefined;
}

/** The program of a worker, next to this file, and compiled or not like this file. */
const program = new URL(`../worker/main${extname(import.meta.url)}`, import.meta.url);

/** A process that the worker started may hold its output open; the worker's end must not wait for that. */
const outputGraceMs = 500;

/** The part of execa's subprocesses that is used here; execa's own type depends on all the given options. */
interface Subprocess extends PromiseLike<Outcome> {
  readonly pid?: number;
  readonly stderr: Readable;
  readonly nodeChildProcess: ChildProcess;
  sendMessage(message: SupervisorMessage): Promise<void>;
  getEachMessage(): AsyncIterable<unknown>;
  kill(signal: 'SIGKILL'): boolean;
}

/** How a process ended, or why it never started. */
interface Outcome {
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly message?: string | undefined;
}

export class WorkerProcess implements Worker {
  readonly pid: number | undefined;
  readonly ended: Promise<WorkerEnd>;
  private readonly subprocess: Subprocess;
  private readonly tail = new OutputTail();
  private hasEnded = false;

  static async start(options: WorkerProcessOptions): Promise<WorkerProcess> {
    // Imported only here, because workers load this package too, for `defineProjection`.
    const { execaNode } = await import('execa');
    const subprocess: Subprocess = execaNode(program, processOptions(options));
    return new WorkerProcess(subprocess, options);
  }

  private constructor(subprocess: Subprocess, options: WorkerProcessOptions) {
    this.subprocess = subprocess;
    this.pid = subprocess.pid;
    this.collectOutput(options.workerOutput);
    this.ended = this.watchEnd(this.receive(options.onMessage));
  }

  send(message: SupervisorMessage): void {
    try {
      this.subprocess.sendMessage(message).catch(() => undefined);
    } catch {
      // The channel is closed already; execa reports that by throwing, not by the promise.
    }
  }

  kill(): void {
    if (!this.hasEnded) this.subprocess.kill('SIGKILL');
  }

  private async receive(onMessage: (message: WorkerMessage) => void): Promise<void> {
    try {
      for await (const message of this.subprocess.getEachMessage()) {
        if (isWorkerMessage(message)) onMessage(message);
      }
    } catch (error) {
      // Without a process id the channel never opened, which the end of the process reports. Any other error was thrown
      // by a listener, and must not be lost here.
      if (this.pid !== undefined) process.nextTick(() => rethrow(error));
    }
  }

  private collectOutput(workerOutput: 'inherit' | 'ignore'): void {
    const { stderr } = this.subprocess;
    stderr.setEncoding('utf8');
    stderr.on('data', (text: string) => {
      this.tail.append(text);
      if (workerOutput === 'inherit') process.stderr.write(text);
    });
  }

  private async watchEnd(received: Promise<void>): Promise<WorkerEnd> {
    const { subprocess } = this;
    const exited = Promise.withResolvers<Outcome>();
    subprocess.nodeChildProcess.once('exit', (exitCode, signal) => {
      this.hasEnded = true;
      const outcome = { exitCode: exitCode ?? undefined, signal: signal ?? undefined };
      void wait(outputGraceMs, undefined, { ref: false }).then(() => exited.resolve(outcome));
    });
    const outcome = await Promise.race([received.then(() => subprocess), exited.promise]);
    this.hasEnded = true;
    const { exitCode, signal, message = 'of an unknown reason' } = outcome;
    const reason =
      signal !== undefined
        ? `its process was ended by ${signal}`
        : exitCode !== undefined
          ? `its process ended by itself with exit code ${exitCode}`
          : `its process could not be started: ${message}`;
    return { reason, exitCode, signal, stderr: this.tail.lines() };
  }
}

function rethrow(error: unknown): never {
  throw error;
}

function processOptions({ workerOutput, nodeOptions }: WorkerProcessOptions) {
  return {
    node: true,
    nodePath: process.execPath,
    ...(nodeOptions === undefined ? {} : { nodeOptions }),
    stdin: 'ignore',
    stdout: workerOutput,
    stderr: 'pipe',
    buffer: false,
    reject: false,
    cleanup: false,
  } as const;
}
