/** Holds what docs/options.md says of projectors against the code. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OptionRule } from '@varve/core/internal';
import { describe, expect, it } from 'vitest';
import {
  heartbeatDefaults,
  heartbeatRules,
  projectorDefaults,
  projectorRules,
  restartDefaults,
  restartRules,
} from './projector-options.ts';

const page = readFileSync(join(import.meta.dirname, '../../../../docs/options.md'), 'utf8');

/** Option, what it takes and default, from the table under a heading. */
function rowsUnder(heading: string): string[][] {
  const section = page.split(/^##+ /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/^\| `(\w+)` +\| (.*?) +\| `?(.*?)`? +\| /gm)].map((match) => match.slice(1));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}

describe.each<[string, Readonly<Record<string, OptionRule>>, Readonly<Record<string, unknown>>]>([
  ['Options of projectors', projectorRules, projectorDefaults],
  ['Restart', restartRules, restartDefaults],
  ['Heartbeat', heartbeatRules, heartbeatDefaults],
])('docs/options.md, "%s"', (heading, rules, defaults) => {
  const rows = rowsUnder(heading);

  it('has the options of the code, with what they take, and no others', () => {
    const expected = Object.entries(rules).map(([option, rule]) => [option, rule.description]);
    expect(Object.fromEntries(rows.map(([option, takes]) => [option, takes]))).toEqual(Object.fromEntries(expected));
  });

  it('has the defaults of the code, and no others', () => {
    const documented = rows.filter(([, , value]) => value !== '-').map(([option, , value]) => [option, value]);
    const expected = Object.entries(defaults).map(([option, value]) => [option, textOf(value)]);
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(expected));
  });
});
