/** Holds what docs/options.md says of writers against the code. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultStorageDirectory, type OptionRule, readOptionRules } from '@varve/core/internal';
import { describe, expect, it } from 'vitest';
import { eventStoreConfigRules } from '../src/event-store-config.ts';
import { newStoreDefaults, writeOptionDefaults, writeOptionRules } from '../src/options.ts';
import { storageRules } from '../src/storage.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/options.md'), 'utf8');

/** Option, what it takes and default, from the table under a heading. */
function rowsUnder(heading: string): string[][] {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/^\| `(\w+)` +\| (.*?) +\| `?(.*?)`? +\| /gm)].map((match) => match.slice(1));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}

const storeRules = { ...writeOptionRules, serializer: readOptionRules.serializer };
const isFixed = (option: string): boolean => Object.hasOwn(newStoreDefaults, option);
const isWriters = (option: string): boolean => !Object.hasOwn(readOptionRules, option) && !isFixed(option);
const pick = (
  rules: Readonly<Record<string, OptionRule>>,
  has: (option: string) => boolean,
): Record<string, OptionRule> => Object.fromEntries(Object.entries(rules).filter(([option]) => has(option)));

describe.each<[string, Readonly<Record<string, OptionRule>>, Readonly<Record<string, unknown>>]>([
  [
    'Opening a store for writing',
    eventStoreConfigRules,
    { storageDirectory: defaultStorageDirectory, readOnly: false },
  ],
  [
    'A storage of documents',
    pick(storageRules, (option) => option === 'storageDirectory' || option === 'partitioner'),
    { storageDirectory: defaultStorageDirectory },
  ],
  ['Fixed when a store is made', pick(storeRules, isFixed), newStoreDefaults],
  ['Options of writers', pick(writeOptionRules, isWriters), writeOptionDefaults],
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

it('a storage of documents takes what a writer takes, other than metadata of streams', () => {
  const names = Object.keys(writeOptionRules).filter((option) => option !== 'streamMetadata');
  expect(Object.keys(storageRules).sort()).toEqual([...names, 'storageDirectory'].sort());
});

describe('a limit that the files have', () => {
  it.each([
    ['maxCommitBytes', 2 ** 32 - 1],
    ['segmentBytes', 2 ** 44],
    ['pollIntervalMs', 2 ** 31 - 1],
  ] as const)('is that of %s', (option, most) => {
    expect(writeOptionRules[option].accepts(most)).toBe(true);
    expect(writeOptionRules[option].accepts(most + 1)).toBe(false);
    expect(writeOptionRules[option].accepts(0)).toBe(false);
  });
});
