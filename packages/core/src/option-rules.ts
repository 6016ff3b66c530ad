/** What options may be, and the check of what was given: a name or a value that is wrong is an error, never ignored. */
import { VarveError } from './errors.ts';

/** What a value of an option must be, for messages and for the check itself. */
export interface OptionRule {
  readonly description: string;
  accepts(value: unknown): boolean;
}

type OptionRules = Readonly<Record<string, OptionRule>>;

/** Options that are given as one option of others: a frequent mistake is to give them beside these. */
export interface NestedOptions {
  readonly name: string;
  readonly rules: OptionRules;
}

/** An option that takes integers up to a limit. */
export function integerUpTo(most: number): OptionRule {
  return {
    description: `an integer from 1 to ${most}`,
    accepts: (value) => isInteger(value, 1) && (value as number) <= most,
  };
}

/** What timers can wait, in milliseconds: longer ones would fire at once, again and again. */
export const maxTimerMs = 2 ** 31 - 1;

export const optionRules = {
  positiveInteger: { description: 'an integer of 1 or more', accepts: (value) => isInteger(value, 1) },
  boolean: { description: 'true or false', accepts: (value) => typeof value === 'boolean' },
  text: { description: 'a string that is not empty', accepts: (value) => typeof value === 'string' && value !== '' },
  path: { description: 'the path of a directory', accepts: isPath },
  callback: { description: 'a function', accepts: (value) => typeof value === 'function' },
  object: { description: 'an object', accepts: (value) => typeof value === 'object' && value !== null },
  durationMs: {
    description: 'a number of milliseconds from 0 to 2147483647, or Infinity for no limit',
    accepts: (value) => typeof value === 'number' && value >= 0 && (value <= maxTimerMs || value === Infinity),
  },
  signal: {
    description: 'an AbortSignal',
    // `null` is no signal, as in the options of `fetch`, which callers pass on.
    accepts: (value) => value === null || (typeof value === 'object' && 'aborted' in value),
  },
  serializer: {
    description: "'msgpackr', 'json', or an object with the functions serialize and deserialize",
    accepts: isSerializer,
  },
} satisfies Record<string, OptionRule>;

/** Throws when `options` has a name that is not in `rules`, or a value that its rule refuses. */
export function checkOptions(options: object, rules: OptionRules, nested?: NestedOptions): void {
  if (!optionRules.object.accepts(options)) {
    throw new VarveError('INVALID_OPTION', `Options are ${String(options)}.`, {
      found: options,
      expected: 'an object',
      hint: `They are an object with any of ${Object.keys(rules).join(', ')}.`,
    });
  }
  for (const [name, value] of Object.entries(options)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule === undefined) {
      if (nested !== undefined && Object.hasOwn(nested.rules, name)) throw isNested(name, nested);
      throw new VarveError('INVALID_OPTION', `There is no option ${JSON.stringify(name)}.`, {
        found: name,
        expected: Object.keys(rules),
        hint: `The options are ${Object.keys(rules).join(', ')}.`,
      });
    }
    if (value !== undefined && !rule.accepts(value)) {
      throw new VarveError('INVALID_OPTION', `The option ${JSON.stringify(name)} has a value that cannot be used.`, {
        found: value,
        expected: rule.description,
        hint: `It takes ${rule.description}.`,
      });
    }
  }
}

function isNested(option: string, { name }: NestedOptions): VarveError {
  return new VarveError('INVALID_OPTION', `The option ${JSON.stringify(option)} belongs in the option "${name}".`, {
    found: option,
    expected: name,
    hint: `Give { ${name}: { ${option}: ... } }.`,
  });
}

/** A copy without the properties that are undefined, so that spreading it over defaults keeps the defaults. */
export function withoutUndefined<Options extends object>(options: Options): Options {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Options;
}

function isInteger(value: unknown, least: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= least;
}

function isPath(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && !value.includes('\0');
}

function isSerializer(value: unknown): boolean {
  if (value === 'msgpackr' || value === 'json') return true;
  if (typeof value !== 'object' || value === null || !('serialize' in value) || !('deserialize' in value)) return false;
  return typeof value.serialize === 'function' && typeof value.deserialize === 'function';
}
