/** What a consumer may be called, and read. Anything else is refused when it is asked for, before it has a file. */
import { VarveError } from '../errors.ts';
import { checkOptions, type OptionRule, optionRules } from '../storage/read-options.ts';

const consumerRules: Readonly<Record<string, OptionRule>> = { checkpoint: optionRules.object };

const idRule: OptionRule = { description: 'a string that is not empty, of well-formed Unicode', accepts: isName };
const sinceRule: OptionRule = {
  description: 'a version of the stream: an integer of 0 or more',
  accepts: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
};

export function checkConsumer(stream: unknown, id: unknown, since: unknown, options: object): void {
  if (!isName(stream)) {
    throw new VarveError('INVALID_STREAM_NAME', `A consumer cannot read a stream that is called ${String(stream)}.`, {
      found: stream,
      expected: 'a string that is not empty, of well-formed Unicode',
      hint: 'Give the name of a stream; it need not exist yet.',
    });
  }
  checkOptions({ id, since }, { id: idRule, since: sinceRule });
  checkOptions(options, consumerRules);
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && value.isWellFormed();
}
