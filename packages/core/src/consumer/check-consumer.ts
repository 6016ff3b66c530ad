/**
 * Checks the id, the starting version and the options of a consumer. Invalid ones are refused when the consumer is
 * requested, before it has a file.
 */
import { VarveError } from '../errors.ts';
import { checkOptions, type OptionRule, optionRules } from '../option-rules.ts';
import type { ConsumerOptions, RunOptions } from './consumer-options.ts';

export const consumerRules: Readonly<Record<keyof ConsumerOptions, OptionRule>> = {
  checkpoint: optionRules.object,
  readUndurable: optionRules.boolean,
};

export const runRules: Readonly<Record<keyof RunOptions, OptionRule>> = { signal: optionRules.signal };

const idRule: OptionRule = {
  description: 'a string that is not empty, of well-formed Unicode',
  accepts: (value) => typeof value === 'string' && value !== '' && value.isWellFormed(),
};
export const sinceRule: OptionRule = {
  description: 'a version of the stream: an integer of 0 or more',
  accepts: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
};

export function checkId(id: unknown): void {
  // As `null`: an option that is undefined counts as not given, and a consumer without an id would have no file.
  checkOptions({ id: id ?? null }, { id: idRule });
}

export function checkConsumer(id: unknown, since: unknown, options: object): void {
  checkId(id);
  checkSince(since);
  checkOptions(options, consumerRules);
}

/** Checks the version to begin after. Throws `INVALID_OPTION`. */
export function checkSince(since: unknown): void {
  checkOptions({ since }, { since: sinceRule });
}

/** Checks what `run` was given. Throws `INVALID_OPTION`. */
export function checkRun(handler: unknown, options: object): void {
  if (typeof handler !== 'function') {
    throw new VarveError('INVALID_OPTION', 'A consumer was run without a handler.', {
      found: handler,
      expected: 'a function',
      hint: 'Call run((event, metadata) => ...), or listen to "data".',
    });
  }
  checkOptions(options, runRules);
}
