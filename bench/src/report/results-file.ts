/** Keeps each run as JSON: everything measured, and the rows made of it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkloadShape } from '../reference/reference-workload.ts';
import type { RoundResult } from '../run/rounds.ts';
import type { Environment } from './environment.ts';
import type { Row } from './rows.ts';

export interface Results {
  readonly startedAt: string;
  readonly quick: boolean;
  readonly environment: Environment;
  readonly shape: WorkloadShape;
  readonly rows: readonly Row[];
  readonly rounds: readonly RoundResult[];
}

/** Beside `src` and `dist`, whichever of them runs. */
const resultsDirectory = join(import.meta.dirname, '../../results');

/** Returns the path of the new file, which is named after the start of the run. */
export function writeResults(results: Results): string {
  mkdirSync(resultsDirectory, { recursive: true });
  const path = join(resultsDirectory, `${results.startedAt.replaceAll(':', '-')}.json`);
  writeFileSync(path, `${JSON.stringify(results, null, 2)}\n`, { flag: 'wx' });
  return path;
}
