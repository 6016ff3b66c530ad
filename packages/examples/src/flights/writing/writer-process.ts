/** One writer process, from its start to its end, as the job sees it. */
import { type ChildProcess, fork } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { JobMessage, WriterMessage, WriterSettings } from './writer-messages.ts';

/** How the process ended; neither an exit code nor a signal when it could not be started. */
export interface WriterEnd {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  /** The end of its output on stderr, or the error of the start. */
  readonly message: string;
}

/** Compiled or not, like this file. */
const program = fileURLToPath(new URL(`../writer${extname(import.meta.url)}`, import.meta.url));
const messageLength = 4000;

export class WriterProcess {
  /** Resolves when the process has ended. */
  readonly ended: Promise<WriterEnd>;
  private readonly child: ChildProcess;
  private said = '';

  constructor(settings: WriterSettings, onOpen: (position: number) => void) {
    this.child = fork(program, [], { stdio: ['ignore', 'inherit', 'pipe', 'ipc'] });
    this.child.on('message', (message: WriterMessage) => onOpen(message.position));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.said = (this.said + text).slice(-messageLength);
    });
    this.ended = new Promise((resolve) => {
      const end = (exitCode?: number | null, signal?: string | null): void =>
        resolve({ exitCode: exitCode ?? undefined, signal: signal ?? undefined, message: this.said.trim() });
      this.child.once('close', end);
      this.child.once('error', (error) => {
        this.said = error.message;
        if (this.child.pid === undefined) end();
      });
    });
    this.send({ type: 'write', settings });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Lets the writer continue until the store has this position. */
  allow(upTo: number): void {
    this.send({ type: 'allow', upTo });
  }

  /** Ends the process at once, whatever it is doing. */
  kill(): void {
    this.child.kill('SIGKILL');
  }

  /** Lets the writer finish its current work and close the store. */
  stop(): void {
    this.send({ type: 'stop' });
  }

  /** A message to a process that has just ended is dropped: `ended` reports the end anyway. */
  private send(message: JobMessage): void {
    if (this.child.connected) this.child.send(message, () => undefined);
  }
}
