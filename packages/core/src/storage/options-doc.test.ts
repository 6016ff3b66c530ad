/** Holds what docs/options.md says of readers and consumers against the code. */
import { describe, expect, it } from 'vitest';
import { DocPage } from '../../test/doc-page.ts';
import { checkpointDefaults, checkpointRules } from '../consumer/checkpoint-keeper.ts';
import { consumerRules } from '../consumer/check-consumer.ts';
import { sinkRules } from '../consumer/sink-consumer.ts';
import { sinkDefaults } from '../consumer/sink.ts';
import { type OptionRule, readOptionDefaults, readOptionRules } from './read-options.ts';

const page = new DocPage('options.md');

describe.each<[string, Readonly<Record<string, OptionRule>>, Readonly<Record<string, unknown>>]>([
  ['Options of readers', readOptionRules, readOptionDefaults],
  ['Options of consumers', consumerRules, { readUndurable: false }],
  ['Checkpoint', checkpointRules, checkpointDefaults],
  ['Sinks', sinkRules, sinkDefaults],
])('docs/options.md, "%s"', (heading, rules, defaults) => {
  const rows = page.table(heading);

  it('has the options of the code, with what they take, and no others', () => {
    const expected = Object.entries(rules).map(([option, rule]) => [option, rule.description]);
    expect(Object.fromEntries(rows.map((row) => [row.option, row.takes]))).toEqual(Object.fromEntries(expected));
  });

  it('has the defaults of the code, and no others', () => {
    const documented = rows.filter((row) => row.default !== '-').map((row) => [row.option, row.default]);
    const expected = Object.entries(defaults).map(([option, value]) => [option, String(value)]);
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(expected));
  });
});
