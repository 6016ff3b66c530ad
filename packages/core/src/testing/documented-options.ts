/** Options as the tables of a documentation page list them, and as the code defines them, in one form for comparison. */
import type { OptionRule } from '../option-rules.ts';

export interface OptionTable {
  /** By option: what it takes, in words. */
  readonly takes: Readonly<Record<string, string>>;
  /** By option: its default, as it is written in code; without those that have none. */
  readonly defaults: Readonly<Record<string, string>>;
}

const rowPattern = /^\| `(\w+)` +\| (.*?) +\| `?(.*?)`? +\| /gm;

/** What the table under a heading says. Its first columns are the option, what it takes, and its default or `-`. */
export function documentedOptions(page: string, heading: string): OptionTable {
  const section = page.split(/^##+ /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  const takes: Record<string, string> = {};
  const defaults: Record<string, string> = {};
  for (const [, option = '', words = '', value = ''] of section.matchAll(rowPattern)) {
    takes[option] = words;
    if (value !== '-') defaults[option] = value;
  }
  return { takes, defaults };
}

/** The same table from the code. */
export function optionTable(
  rules: Readonly<Record<string, OptionRule>>,
  defaults: Readonly<Record<string, unknown>>,
): OptionTable {
  return {
    takes: Object.fromEntries(Object.entries(rules).map(([option, { description }]) => [option, description])),
    defaults: Object.fromEntries(Object.entries(defaults).map(([option, value]) => [option, inCode(value)])),
  };
}

function inCode(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}
