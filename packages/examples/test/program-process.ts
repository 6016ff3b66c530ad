/** A program of the examples as a process, started as a user starts it, with its output and its end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

const programs = join(import.meta.dirname, '../dist');

export class ProgramProcess implements AsyncDisposable {
  /** Resolves with the exit code, or the signal, when the process has ended and its output is complete. */
  readonly ended: Promise<number | string>;
  private readonly child: ChildProcess;
  private readonly output = { stdout: '', stderr: '' };

  /** `program`: a path such as `flights/main`. `temporaryDirectory`: where the program creates its own directories. */
  constructor(program: string, commandLine: readonly string[], temporaryDirectory: string) {
    this.child = spawn(process.execPath, [join(programs, `${program}.js`), ...commandLine], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TMPDIR: temporaryDirectory },
    });
    for (const name of ['stdout', 'stderr'] as const) {
      this.child[name]?.setEncoding('utf8').on('data', (text: string) => (this.output[name] += text));
    }
    this.ended = new Promise((resolve, reject) => {
      this.child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
      this.child.once('error', reject);
    });
  }

  get stdout(): string {
    return this.output.stdout;
  }

  get stderr(): string {
    return this.output.stderr;
  }

  get lastLine(): string | undefined {
    return this.stdout.trimEnd().split('\n').at(-1);
  }

  /** How it ended, with its standard error, which a failing test should show. */
  async end(): Promise<{ end: number | string; stderr: string }> {
    return { end: await this.ended, stderr: this.stderr };
  }

  /** Resolves when the program has printed this text; rejects when it ends without printing it. */
  async untilPrinted(text: string): Promise<void> {
    const hasEnded = this.ended.then((end) => {
      throw new Error(
        `The program ended (${end}) without printing ${JSON.stringify(text)}:\n${this.stdout}${this.stderr}`,
      );
    });
    while (!this.stdout.includes(text)) {
      await Promise.race([hasEnded, new Promise((resolve) => this.child.stdout?.once('data', resolve))]);
    }
    hasEnded.catch(() => undefined);
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended.catch(() => undefined);
  }
}
