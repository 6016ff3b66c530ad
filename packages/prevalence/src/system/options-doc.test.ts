/** Compares docs/options.md on prevalent systems with the code. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OptionRule } from '@varve/core/internal';
import { documentedOptions, optionTable } from '@varve/core/testing';
import { expect, it } from 'vitest';
import { snapshotDefaults, snapshotRules } from '../snapshot/snapshot-options.ts';
import { systemDefaults, systemOptionRules } from './system-options.ts';

const page = readFileSync(join(import.meta.dirname, '../../../../docs/options.md'), 'utf8');

it.each<[string, Readonly<Record<string, OptionRule>>, Readonly<Record<string, unknown>>]>([
  ['Options of prevalent systems', systemOptionRules, systemDefaults],
  ['Snapshots', snapshotRules, snapshotDefaults],
])('docs/options.md, "%s", says what the code does', (heading, rules, defaults) => {
  expect(documentedOptions(page, heading)).toEqual(optionTable(rules, defaults));
});
