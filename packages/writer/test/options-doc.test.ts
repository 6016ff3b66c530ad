/** Compares what docs/options.md says about writers with the code. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultStorageDirectory, type OptionRule, readOptionRules } from '@varve/core/internal';
import { documentedOptions, optionTable } from '@varve/core/testing';
import { describe, expect, it } from 'vitest';
import { eventStoreConfigRules } from '../src/event-store-config.ts';
import { newStoreDefaults, writeOptionDefaults, writeOptionRules } from '../src/options.ts';
import { storageRules } from '../src/storage.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/options.md'), 'utf8');

const storeRules = { ...writeOptionRules, serializer: readOptionRules.serializer };
const isFixed = (option: string): boolean => Object.hasOwn(newStoreDefaults, option);
const isWriters = (option: string): boolean => !Object.hasOwn(readOptionRules, option) && !isFixed(option);
const pick = (
  rules: Readonly<Record<string, OptionRule>>,
  has: (option: string) => boolean,
): Record<string, OptionRule> => Object.fromEntries(Object.entries(rules).filter(([option]) => has(option)));

it.each<[string, Readonly<Record<string, OptionRule>>, Readonly<Record<string, unknown>>]>([
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
])('docs/options.md, "%s", says what the code does', (heading, rules, defaults) => {
  expect(documentedOptions(page, heading)).toEqual(optionTable(rules, defaults));
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
