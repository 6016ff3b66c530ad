/** One writer process, from its start to its end, as the job sees it. */
import { type ChildProcess, fork } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { JobMessage, WriterMessage, WriterSettings } from './writer-messages.ts';

/** How the process ended; neither code nor signal when it could not be started. */
export interface WriterEnd {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  /** The end of what it said about it. */
  readonly message: string;
}

/** Compiled or not, as this file is. */
const program = fileURLToPath(new URL(`../writer${extname(import.meta.url)}`, import.meta.url));
const messageLength = 4000;

export class WriterProcess {
  /** Resolves when the process is gone. */
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

  /** Lets the writer go on until the store has this position. */
  allow(upTo: number): void {
    this.send({ type: 'allow', upTo });
  }

  /** Ends the process at once, whatever it is doing. */
  kill(): void {
    this.child.kill('SIGKILL');
  }

  /** Lets the writer finish what it is doing and close the store. */
  stop(): void {
    this.send({ type: 'stop' });
  }

  /** What a process that has just ended can no longer receive is dropped: its end is told anyway. */
  private send(message: JobMessage): void {
    if (this.child.connected) this.child.send(message, () => undefined);
  }
}
