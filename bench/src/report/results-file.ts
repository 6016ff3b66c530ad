/** Keeps each run as JSON: everything measured, and the rows made from it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { RoundResult } from '../run/rounds.ts';
import type { Scenario } from '../scenarios.ts';
import type { Environment } from './environment.ts';
import type { Row } from './rows.ts';

export interface Results {
  readonly startedAt: string;
  readonly quick: boolean;
  readonly environment: Environment;
  readonly scenarios: readonly Scenario[];
  readonly rows: readonly Row[];
  readonly rounds: readonly RoundResult[];
}

/** Next to `src` and `dist`, whichever of them runs. */
const resultsDirectory = join(import.meta.dirname, '../../results');

/** Returns the path of the file: the given one, or a new one named after the start of the run. */
export function writeResults(results: Results, output: string | undefined): string {
  const path = output ?? join(resultsDirectory, `${results.startedAt.replaceAll(':', '-')}.json`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(results, null, 2)}\n`, { flag: output === undefined ? 'wx' : 'w' });
  return path;
}
