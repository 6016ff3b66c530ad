/**
 * Measures readers and consumers: how long an event takes to reach a handler in another process, a burst, what saving
 * costs, how large a state may be, and the memory of an idle reader. Prints the tables of docs/performance.md and
 * docs/consumers.md. No time fails the run; a missing or doubled event does. Build, then run `node
 * bench/dist/following/main.js`, with the names of the wanted parts (default: all).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatEnvironment, readEnvironment } from '../report/environment.ts';
import { measureConsumers } from './consumers.ts';
import type { Figure } from './figure.ts';
import { measureIdleMemory } from './idle-memory.ts';
import { measureLags } from './lags.ts';
import { measureStateSizes } from './state-sizes.ts';

const parts: Readonly<Record<string, (directory: string) => Promise<Figure[]> | Figure[]>> = {
  lag: measureLags,
  consumers: measureConsumers,
  memory: measureIdleMemory,
  states: measureStateSizes,
};

const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(parts);
const unknown = wanted.filter((name) => !(name in parts));
if (unknown.length > 0) {
  throw new Error(`There is no part ${unknown.join(', ')}: there are ${Object.keys(parts).join(', ')}`);
}
const directory = mkdtempSync(join(tmpdir(), 'varve-following-'));
try {
  console.log(`${formatEnvironment(readEnvironment(directory))}\n`);
  for (const name of wanted) console.table(await parts[name]!(join(directory, name)));
} finally {
  rmSync(directory, { recursive: true });
}
