/** The arguments of `commit` and `commitAll`: sorts out which of the optional ones were given, and checks them. */
import { inspect } from 'node:util';
import { VarveError } from '@varve/core';
import type { Codec } from '@varve/core/internal';
import { notSerializable } from './body-encoder.ts';
import {
  type CommitCondition,
  type ConditionArgument,
  conditionIn,
  hasCondition,
  isConditionArgument,
} from './commit-condition.ts';

/** What version a stream must have for a commit to be accepted; a number above 0 means that version. */
export const ExpectedVersion = {
  /** Any version. */
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
  condition: Required<CommitCondition> | undefined;
}

export const noCommitOptions: Readonly<CommitOptions> = {
  expectedVersion: ExpectedVersion.Any,
  metadata: undefined,
  callback: undefined,
  condition: undefined,
};

const maxCommitIdLength = 1024;

/**
 * The events in a list of the store's own: what a getter of an event or a hook does to the caller's list must not change what
 * was counted. An event with a `toJSON` method is replaced by its result, so that matchers, types and tags see what they will
 * see when indexes are rebuilt. A custom serializer gets the event as it was given and decides what to store.
 */
export function listOf(events: object | readonly object[], stream: string, codec: Codec): readonly object[] {
  const list = Array.isArray(events) ? [...(events as readonly object[])] : [events];
  if (codec.name === 'custom') return list;
  for (let index = 0; index < list.length; index++) {
    const event: MaybeWithJson | null | undefined = list[index];
    if (typeof event?.toJSON === 'function' && !isBuiltIn(event)) list[index] = asItSays(event, stream);
  }
  return list;
}

interface MaybeWithJson {
  toJSON?(key: string): unknown;
}

function asItSays(event: MaybeWithJson, stream: string): object {
  try {
    return event.toJSON!('') as object;
  } catch (error) {
    throw notSerializable('An event', stream, error);
  }
}

/** Whether the `toJSON` belongs to the language or to Node.js: codecs encode such values better than as JSON. */
function isBuiltIn(event: object): boolean {
  return event instanceof Date || Buffer.isBuffer(event);
}

/** Sorts out, by their types, which of the optional arguments were given. Throws when one is given twice. */
export function parseCommitOptions(rest: readonly unknown[]): Readonly<CommitOptions> {
  const options: CommitOptions = { ...noCommitOptions };
  for (const value of rest) {
    if (value === undefined || value === null) continue;
    const kind = kindOf(value);
    if (kind === undefined || options[kind] !== noCommitOptions[kind]) throw invalidCommitArgument(value);
    if (kind === 'expectedVersion') options.expectedVersion = checkExpectedVersion(value);
    else if (kind === 'callback') options.callback = value as CommitCallback;
    else if (kind === 'condition') options.condition = conditionIn(value as ConditionArgument);
    else options.metadata = checkMetadata(value);
  }
  return options;
}

/** The same for a commit to several streams, each of which has its own version and metadata. */
export function parseJointCommitOptions(rest: readonly unknown[]): Pick<CommitOptions, 'callback' | 'condition'> {
  const options: Pick<CommitOptions, 'callback' | 'condition'> = { callback: undefined, condition: undefined };
  for (const value of rest) {
    if (value === undefined || value === null) continue;
    const kind = kindOf(value);
    if ((kind !== 'callback' && kind !== 'condition') || options[kind] !== undefined) {
      throw invalidJointCommitArgument(value);
    }
    if (kind === 'callback') options.callback = value as CommitCallback;
    else options.condition = conditionIn(value as ConditionArgument);
  }
  return options;
}

/** Which of the optional arguments this is; undefined for what none of them can be. */
function kindOf(value: unknown): keyof CommitOptions | undefined {
  if (typeof value === 'number') return 'expectedVersion';
  if (typeof value === 'function') return 'callback';
  if (typeof value !== 'object' || value === null) return undefined;
  return isConditionArgument(value) ? 'condition' : 'metadata';
}

export function checkExpectedVersion(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= ExpectedVersion.Any) return value;
  throw invalidCommitArgument(value);
}

/**
 * The metadata, or undefined when it is empty. A `commitId` is read once and becomes a plain property, even if it was a getter:
 * the id that is looked up, remembered and written must be the same.
 */
export function checkMetadata(metadata: object): object | undefined {
  // The entries of a Map are not properties: they would be lost without an error.
  if (Symbol.iterator in metadata) throw invalidCommitArgument(metadata);
  if (isMeantAsGuard(metadata)) throw misplacedGuard(metadata);
  const commitId: unknown = 'commitId' in metadata ? metadata.commitId : undefined;
  if (commitId === undefined) return Object.keys(metadata).length === 0 ? undefined : metadata;
  if (typeof commitId === 'string' && commitId !== '' && commitId.length <= maxCommitIdLength) {
    return { ...metadata, commitId };
  }
  throw new VarveError('INVALID_OPTION', 'The `commitId` in the metadata of a commit cannot be used.', {
    found: commitId,
    expected: `a string of 1 to ${maxCommitIdLength} characters`,
    hint: 'Nothing was committed. Give a text that only this commit has, or leave `commitId` to the store.',
  });
}

/** Whether it has what another argument is for: as metadata it would guard nothing. */
function isMeantAsGuard(metadata: object): boolean {
  return 'expectedVersion' in metadata || 'failIfEventsMatch' in metadata || hasCondition(metadata);
}

function misplacedGuard(metadata: object): VarveError {
  return new VarveError(
    'INVALID_OPTION',
    'The metadata of a commit has an expected version or a condition in it, which would not be checked there.',
    {
      found: metadata,
      hint:
        'Nothing was committed. Give the version as a number, and the condition as an object of its own: ' +
        'commit(stream, events, { condition }, expectedVersion, metadata).',
    },
  );
}

/** The `commitId` that the caller gave, if any. */
export function givenCommitId(metadata: object | undefined): string | undefined {
  if (metadata === undefined || !('commitId' in metadata)) return undefined;
  return typeof metadata.commitId === 'string' ? metadata.commitId : undefined;
}

export function noEvents(stream: string): VarveError {
  return new VarveError('INVALID_EVENT', `A commit to stream ${JSON.stringify(stream)} has no events.`, {
    stream,
    hint: 'Commit at least one event.',
  });
}

function invalidCommitArgument(found: unknown): VarveError {
  return new VarveError(
    'INVALID_OPTION',
    `commit() was called with ${inspect(found, { depth: 1 })}, which it cannot use.`,
    {
      found,
      expected: 'a condition, an expected version, an object of metadata, or a callback, each of them once',
      hint:
        'Nothing was committed. The arguments are: stream, events, { condition }, expectedVersion, metadata, callback; ' +
        'all but the first two may be left out.',
    },
  );
}

function invalidJointCommitArgument(found: unknown): VarveError {
  return new VarveError(
    'INVALID_OPTION',
    `commitAll() was called with ${inspect(found, { depth: 1 })}, which it cannot use.`,
    {
      found,
      expected: 'a condition, or a callback, each of them once',
      hint: 'Nothing was committed. The arguments are: commits, { condition }, callback; versions and metadata belong to the commits.',
    },
  );
}
