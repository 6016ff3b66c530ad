/**
 * Measures Varve and its peers on the same events and prints how they compare. It judges no figure: a run fails only
 * when a contender fails, or reads something other than what was written.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { baselineName } from './contenders/registry.ts';
import { parseOptions, usage, type Options } from './options.ts';
import { createSizedOrder } from './reference/order.ts';
import { formatEnvironment, readEnvironment } from './report/environment.ts';
import { formatGrowth, growthOf } from './report/growth.ts';
import { Progress } from './report/progress.ts';
import { writeResults } from './report/results-file.ts';
import { rowsOf } from './report/rows.ts';
import { formatRows } from './report/table.ts';
import { runRounds, type Failure } from './run/rounds.ts';

process.exitCode = await main(process.argv.slice(2));

async function main(commandLine: readonly string[]): Promise<number> {
  let options: Options | undefined;
  let directory: string;
  try {
    options = parseOptions(commandLine);
    if (!options) {
      console.log(usage);
      return 0;
    }
    directory = mkdtempSync(join(options.directory, 'varve-bench-'));
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    return 2;
  }
  const interruption = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interruption.abort());
  try {
    return await measure(options, directory, interruption.signal);
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    console.error('interrupted');
    return 130;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function measure(options: Options, directory: string, signal: AbortSignal): Promise<number> {
  const { contenders, scenarios, quick, output } = options;
  const startedAt = new Date().toISOString();
  const environment = readEnvironment(directory);
  console.log(`${describeRun(options)}\n${formatEnvironment(environment)}\n`);
  const progress = new Progress();
  const rounds = await runRounds({ ...options, directory }, signal, (step) => progress.show(step));
  progress.end();
  const measurements = rounds.flatMap((result) => result.measurements);
  const failures = rounds.flatMap((result) => result.failures);
  const rows = rowsOf(contenders, measurements, baselineName);
  console.log(formatRows(rows, baselineName));
  console.log(formatGrowth(growthOf(rows, scenarios)));
  const path = writeResults({ startedAt, quick, environment, scenarios, rows, rounds }, output);
  console.log(`Everything measured: ${relative(process.cwd(), path)}`);
  for (const failure of failures) console.error(describeFailure(failure));
  return failures.length === 0 ? 0 : 1;
}

function describeRun({ scenarios, quick }: Options): string {
  const lines = scenarios.map(({ name, shape, rounds }) => {
    const { eventCount, streamCount, eventsPerCommit, commitsPerTick, eventSize } = shape;
    const bytes = Buffer.byteLength(JSON.stringify(createSizedOrder(1, eventSize)));
    return (
      `${name}: ${counted(eventCount, 'event')} of ${counted(bytes, 'byte')} as JSON in ${counted(streamCount, 'stream')}, ` +
      `${eventsPerCommit} a commit, ${counted(commitsPerTick, 'commit')} a tick, ${counted(rounds, 'round')}`
    );
  });
  const note = quick ? ' (a quick look, not for quoting)' : '';
  return `${lines.join('\n')}\nNo fsync but where it says durable; medians, half the range as spread${note}`;
}

function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}

function describeFailure({ scenario, contender, workload, round, message }: Failure): string {
  return `FAILED: ${scenario}, ${contender}, ${workload}, round ${round}: ${message}`;
}
