/** A supervisor in a process of its own, and what it says about its workers. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('./supervisor.js', import.meta.url));

export class SupervisorProcess {
  private readonly subprocess: ChildProcess;
  private readonly ended: Promise<unknown[]>;
  private pids: readonly number[] = [];

  constructor(storageDirectory: string) {
    this.subprocess = spawn(process.execPath, [program, storageDirectory], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.ended = once(this.subprocess, 'exit');
    createInterface({ input: this.subprocess.stdout! }).on('line', (line) => {
      this.pids = JSON.parse(line) as number[];
    });
  }

  /** Ids of its workers, as soon as there are any. */
  async workers(): Promise<readonly number[]> {
    while (this.pids.length === 0) {
      if (this.subprocess.exitCode !== null) throw new Error(`The supervisor ended: ${this.subprocess.exitCode}`);
      await wait(10);
    }
    return this.pids;
  }

  kill(): void {
    this.subprocess.kill('SIGKILL');
  }

  /** Stops it in the way that a user does; returns its exit code. */
  async stop(): Promise<unknown> {
    this.subprocess.kill('SIGTERM');
    return (await this.ended)[0];
  }
}

/** Whether the process runs; one that has ended counts as gone even before its parent has collected it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/ Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/^.*\)/, ')'));
  } catch {
    return false;
  }
}
