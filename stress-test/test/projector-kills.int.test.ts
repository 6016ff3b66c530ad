/** The short form of the kill loop of projectors; the long one is `npm run kill-projectors`. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);
const program = join(import.meta.dirname, '../dist/projector/kills.js');

it('finds the states exact after workers and supervisors were killed', async () => {
  const env = { ...process.env, KILLS: '10' };
  const { stdout } = await run(process.execPath, [program], { env, timeout: 120_000 });
  expect(stdout).toMatch(/^10 kills, .* all states exact\n$/);
}, 150_000);
