/**
 * The program of `npm start`: the flights job with its command line, its output and its exit code. 0: the results equal
 * those of the plain loop; 1: they do not, or a process failed; 2: the command line is wrong; 130 and 143: interrupted.
 */
import { constants } from 'node:os';
import { displayFor } from './display/display.ts';
import { inGroups } from './display/number-text.ts';
import { runJob } from './job.ts';
import { JobDirectory } from './job-directory.ts';
import { type JobOptions, parseOptions, usage, UsageError } from './options.ts';
import { isFlawless, reportLines } from './results/report.ts';

class Interruption extends Error {
  readonly exitCode: number;

  constructor(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP') {
    super(`Interrupted by ${signal}: all processes have ended.`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

process.exitCode = await main(process.argv.slice(2));

async function main(commandLine: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(commandLine);
    if (options !== undefined) return await run(options);
    console.log(usage);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${error.message}\n\n${usage}`);
      return 2;
    }
    console.error(error instanceof Error ? error.message : error);
    return error instanceof Interruption ? error.exitCode : 1;
  }
}

async function run(options: JobOptions): Promise<number> {
  using directory = new JobDirectory(options.directory);
  const { deadlineSeconds, projections, flights } = options;
  const ending = new AbortController();
  const deadline = setTimeout(() => ending.abort(deadlineError(deadlineSeconds)), deadlineSeconds * 1000);
  // Once only: a second signal means that the user does not want to wait for an orderly end.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => ending.abort(new Interruption(signal)));
  }
  // The reader of the output has gone, so the rest of the run would serve no one.
  process.stdout.once('error', (error) => ending.abort(error));
  const display = displayFor(process.stdout);
  try {
    const count = inGroups(2 * flights);
    display.note(
      `${inGroups(flights)} flights, ${count} events, ${projections.length} projections; store in ${directory.path}`,
    );
    const report = await runJob({ ...options, directory: directory.path }, display, ending.signal);
    display.end();
    console.log(['', ...reportLines(report)].join('\n'));
    return isFlawless(report) ? 0 : 1;
  } catch (error) {
    display.end();
    throw ending.signal.aborted ? ending.signal.reason : error;
  } finally {
    clearTimeout(deadline);
  }
}

function deadlineError(seconds: number): Error {
  return new Error(`Not finished after ${seconds} s; all processes have ended. Give it more time with --deadline.`);
}
