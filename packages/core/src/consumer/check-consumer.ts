/** What a consumer may be called and told. Anything else is refused when it is asked for, before it has a file. */
import { checkOptions, type OptionRule, optionRules } from '../storage/read-options.ts';
import type { ConsumerOptions } from './consumer-options.ts';

export const consumerRules: Readonly<Record<keyof ConsumerOptions, OptionRule>> = {
  checkpoint: optionRules.object,
  readUndurable: optionRules.boolean,
};

const idRule: OptionRule = {
  description: 'a string that is not empty, of well-formed Unicode',
  accepts: (value) => typeof value === 'string' && value !== '' && value.isWellFormed(),
};
export const sinceRule: OptionRule = {
  description: 'a version of the stream: an integer of 0 or more',
  accepts: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
};

export function checkId(id: unknown): void {
  checkOptions({ id }, { id: idRule });
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
