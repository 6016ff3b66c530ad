/** Starts programs of the tests as processes of their own, and talks with them. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

export interface ChildOptions {
  /** The user that the process runs as; only root can choose. */
  readonly uid?: number;
  /** Options of Node.js. */
  readonly execArgv?: readonly string[];
}

export class Child {
  readonly process: ChildProcess;
  private readonly messages: unknown[] = [];
  private waiting: ((message: unknown) => void) | undefined;
  private readonly ended: Promise<never>;

  constructor(program: URL, values: readonly string[], options: ChildOptions = {}) {
    const { uid, execArgv = [] } = options;
    this.process = fork(fileURLToPath(program), values, {
      ...(uid === undefined ? {} : { uid }),
      execArgv: [...execArgv],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.process.on('message', (message) => {
      const { waiting } = this;
      this.waiting = undefined;
      if (waiting === undefined) this.messages.push(message);
      else waiting(message);
    });
    this.ended = once(this.process, 'exit').then(([code, signal]) => {
      throw new Error(`The process ended (${String(code ?? signal)})`);
    });
    // Only a caller that waits for a message learns of it.
    this.ended.catch(() => undefined);
    onTestFinished(() => void this.process.kill('SIGKILL'));
  }

  /** The next message of the process. */
  async next(): Promise<unknown> {
    if (this.messages.length > 0) return this.messages.shift();
    const said = new Promise((resolve) => {
      this.waiting = resolve;
    });
    return Promise.race([said, this.ended]);
  }

  send(message: string): void {
    this.process.send(message);
  }

  /** Sends SIGKILL; resolves when the process is gone. */
  async kill(): Promise<void> {
    const gone = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await gone;
  }
}
