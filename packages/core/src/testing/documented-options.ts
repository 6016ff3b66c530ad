/** Options as a page of the documentation has them in its tables, and as the code has them: in one form, to be compared. */
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

/** What the code says. */
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
