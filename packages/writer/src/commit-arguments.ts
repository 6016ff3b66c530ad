/** The optional arguments of `commit`: told apart by their types, checked before anything else happens. */
import { VarveError } from '@varve/core';
import { type CommitCondition, isConditionArgument } from './commit-condition.ts';

/** What version a stream must have for a commit to be accepted; a number above 0 means that version. */
export const ExpectedVersion = {
  /** Whatever it is. */
  Any: -1,
  /** The stream has no events yet. */
  EmptyStream: 0,
} as const;

export type CommitCallback = (error?: Error) => void;

/** The optional arguments of a commit. */
interface CommitOptions {
  expectedVersion: number;
  metadata: object | undefined;
  callback: CommitCallback | undefined;
  condition: CommitCondition | undefined;
}

export const noCommitOptions: Readonly<CommitOptions> = {
  expectedVersion: ExpectedVersion.Any,
  metadata: undefined,
  callback: undefined,
  condition: undefined,
};

/** Sorts out which of the optional arguments were given: their types differ. */
export function parseCommitOptions(rest: readonly unknown[]): Readonly<CommitOptions> {
  const options: CommitOptions = { ...noCommitOptions };
  for (const value of rest) {
    if (value === undefined || value === null) continue;
    if (typeof value === 'number') options.expectedVersion = checkExpectedVersion(value);
    else if (typeof value === 'function') options.callback = value as CommitCallback;
    else if (typeof value === 'object' && isConditionArgument(value)) options.condition = value.condition;
    else if (typeof value === 'object') options.metadata = isEmpty(value) ? undefined : value;
    else throw invalidCommitArgument(value);
  }
  return options;
}

function isEmpty(metadata: object): boolean {
  return Object.keys(metadata).length === 0;
}

function checkExpectedVersion(value: number): number {
  if (Number.isSafeInteger(value) && value >= ExpectedVersion.Any) return value;
  throw invalidCommitArgument(value);
}

function invalidCommitArgument(found: unknown): VarveError {
  return new VarveError('INVALID_OPTION', `commit() was called with ${JSON.stringify(found)}, which it cannot use.`, {
    found,
    expected: 'an expected version, an object of metadata, or a callback',
    hint: 'The arguments are: stream, events, expectedVersion, metadata, callback; all but the first two may be left out.',
  });
}
