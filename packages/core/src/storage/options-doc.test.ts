/** Compares what docs/options.md says of readers and consumers with the code. */
import { expect, it } from 'vitest';
import { DocPage } from '../../test/doc-page.ts';
import { checkpointDefaults, checkpointRules } from '../consumer/checkpoint-keeper.ts';
import { consumerRules } from '../consumer/check-consumer.ts';
import { sinkRules } from '../consumer/sink-consumer.ts';
import { sinkDefaults } from '../consumer/sink.ts';
import { documentedOptions, optionTable } from '../testing/documented-options.ts';
import { type OptionRule } from '../option-rules.ts';
import { readOptionDefaults, readOptionRules } from './read-options.ts';

const page = new DocPage('options.md');

it.each<[string, Readonly<Record<string, OptionRule>>, Readonly<Record<string, unknown>>]>([
  ['Options of readers', readOptionRules, readOptionDefaults],
  ['Options of consumers', consumerRules, { readUndurable: false }],
  ['Checkpoint', checkpointRules, checkpointDefaults],
  ['Sinks', sinkRules, sinkDefaults],
])('docs/options.md, "%s", says what the code does', (heading, rules, defaults) => {
  expect(documentedOptions(page.text, heading)).toEqual(optionTable(rules, defaults));
});
