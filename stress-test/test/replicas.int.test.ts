/** The short form of `npm run replicas`: some rounds of copying in each mode, with a real rsync. */
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const hasRsync = spawnSync('rsync', ['--version']).status === 0;
if (!hasRsync) console.warn('There is no rsync here: copies are not tested with it.');
const main = join(import.meta.dirname, '../dist/replicas/main.js');

it
  .runIf(hasRsync || process.env['VARVE_REQUIRE_TOOLS'] === '1')
  .each(['default', 'inplace', 'append-verify', 'append', 'interrupted'])(
  'A copy that is made again and again is never wrong: %s',
  (mode) => {
    const output = execFileSync(process.execPath, [main, '--rounds', '5', '--mode', mode], { encoding: 'utf8' });
    expect(output).toMatch(new RegExp(`^${mode}: 5 rounds, \\d+ events, \\d+ comparisons; .* never wrong$`, 'm'));
  },
);
