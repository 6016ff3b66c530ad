/** Starts one driver process and waits for the line that it prints. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Measurement } from '../workloads/measurement.ts';
import type { Assignment } from './assignment.ts';

/** The driver's file, with the extension of this one: `.js` when built, `.ts` when Node runs the sources. */
const driverPath = fileURLToPath(import.meta.url).replace(/driver-process(\.[jt]s)$/, 'driver$1');

/** A contender that hangs must not hang the measurement of the others. */
const TIME_LIMIT_MS = 10 * 60 * 1000;

/**
 * Without its warning about node:sqlite, stderr holds only what went wrong. `gc` is exposed to collect garbage before
 * appending.
 */
const NODE_OPTIONS = ['--disable-warning=ExperimentalWarning', '--expose-gc'];

export async function runDriver(assignment: Assignment, signal: AbortSignal): Promise<Measurement> {
  const child = spawn(process.execPath, [...NODE_OPTIONS, driverPath, JSON.stringify(assignment)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIME_LIMIT_MS)]),
    killSignal: 'SIGKILL',
  });
  const ended = new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, killedBy) => resolve(String(code ?? killedBy)));
  });
  const [output, errors, end] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (end !== '0') throw new Error(`the driver ended with ${end}: ${reasonIn(errors)}`);
  return JSON.parse(output) as Measurement;
}

/** The message in Node's report of an uncaught error, otherwise the last line of the output. */
function reasonIn(errors: string): string {
  return /^\w*Error.*$/m.exec(errors)?.[0] ?? errors.trim().split('\n').at(-1) ?? '';
}
