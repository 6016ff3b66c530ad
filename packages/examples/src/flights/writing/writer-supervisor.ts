/**
 * Keeps one writer process running until everything is written: starts it, kills it on request, and starts the next
 * one, which continues after the last event in the store.
 */
import type { WriterSettings } from './writer-messages.ts';
import { type WriterEnd, WriterProcess } from './writer-process.ts';

export type WriterState = 'starting' | 'writing' | 'restarting' | 'finished';

export class WriterSupervisor {
  /** Resolves when the first process has opened the store; rejects when it could not. */
  readonly opened: Promise<void>;
  private readonly settings: WriterSettings;
  private readonly onRestart: (position: number) => void;
  private readonly firstOpen = Promise.withResolvers<void>();
  private readonly finished: Promise<void>;
  private process: WriterProcess;
  private currentState: WriterState = 'starting';
  private allowedUpTo = 0;
  private isStopping = false;
  private error: Error | undefined;

  /** Starts the first process. `onRestart` is called for each further one, with the position after which it continues. */
  constructor(settings: WriterSettings, onRestart: (position: number) => void) {
    this.settings = settings;
    this.onRestart = onRestart;
    this.opened = this.firstOpen.promise;
    this.opened.catch(() => undefined);
    this.process = this.startProcess();
    this.finished = this.supervise();
  }

  get pid(): number | undefined {
    return this.process.pid;
  }

  get state(): WriterState {
    return this.currentState;
  }

  /** Why no writer is running any more, although not everything is written. */
  get failure(): Error | undefined {
    return this.error;
  }

  /** Lets the writer continue until the store has this position; it never withdraws an earlier allowance. */
  allow(upTo: number): void {
    if (upTo <= this.allowedUpTo) return;
    this.allowedUpTo = upTo;
    this.process.allow(upTo);
  }

  /** Kills the process with SIGKILL; another one follows. */
  kill(): void {
    this.currentState = 'restarting';
    this.process.kill();
  }

  /** Resolves when the process has closed the store and is gone; after `timeoutMs` it is killed. */
  async stop(timeoutMs: number): Promise<void> {
    this.isStopping = true;
    this.process.stop();
    const deadline = setTimeout(() => this.process.kill(), timeoutMs);
    await this.finished;
    clearTimeout(deadline);
  }

  private startProcess(): WriterProcess {
    const process = new WriterProcess(this.settings, (position) => {
      if (this.currentState === 'restarting') this.onRestart(position);
      this.currentState = 'writing';
      this.firstOpen.resolve();
    });
    process.allow(this.allowedUpTo);
    return process;
  }

  private async supervise(): Promise<void> {
    for (;;) {
      const end = await this.process.ended;
      if (end.exitCode === 0) this.currentState = 'finished';
      if (end.exitCode === 0 || this.isStopping) break;
      if (this.currentState !== 'restarting') {
        this.error = new Error(`The writer ended before everything was written: ${reasonOf(end)}`);
        break;
      }
      this.process = this.startProcess();
    }
    this.firstOpen.reject(this.error ?? new Error('The writer was stopped before it had opened the store.'));
  }
}

function reasonOf({ exitCode, signal, message }: WriterEnd): string {
  if (message !== '') return message;
  return signal === undefined ? `its exit code was ${String(exitCode)}.` : `it was ended by ${signal}.`;
}
