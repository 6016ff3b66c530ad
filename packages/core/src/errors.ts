/**
 * The one catalogue of errors. Every error that Varve throws on purpose is a `VarveError` with a `code`;
 * `docs/errors.md` lists the codes, and a test compares the two in both directions.
 *
 * Match on `code`, not on the class: errors cross process boundaries, and a copy of a class is not the class.
 */

/** Every code with its situation. Codes are stored in logs and matched by users: never reuse or rename one. */
export const errorCodes = {
  ARCHIVE_MISSING: 'A segment that was moved to an archive is not there.',
  ASYNC_FUNCTION: 'A hook, matcher or predicate, which must answer at once, returned a promise.',
  BLOB_MISSING: 'There is no blob with this id.',
  COMMIT_UNDER_WAY: 'The store was to be changed by a function that it calls while it changes.',
  CONDITION_FAILED: 'Events that the condition of a commit excludes are in the store.',
  CONSUMER_IN_USE: 'Another process, or another consumer of this process, runs this consumer.',
  CONSUMER_STATE: 'The saved state of a consumer cannot be read.',
  CORRUPTION: 'Bytes on disk are not what was written.',
  DEAD_LETTERS_FULL: 'A projection skipped more events than it may.',
  DISK_FULL: 'There is no room for what is to be written.',
  DIVERGED: 'The store is not the one that a saved position belongs to, or was cut back to before it.',
  EVENT_TOO_LARGE: 'A commit is larger than the limit `maxCommitBytes`.',
  EVENTS_DROPPED: 'An event was asked for that was dropped on purpose.',
  INDEX_FULL: 'An index cannot be made over events that are there, because they are too many.',
  INSIDE_COMMAND: 'A handler read the published model, executed another command, or took a snapshot.',
  INVALID_COMMAND: 'A command has a handler, version or name that cannot be used.',
  INVALID_CURSOR: 'A position or version lies outside of the stream.',
  INVALID_EVENT: 'An event is not something that can be committed.',
  INVALID_MATCHER: 'A matcher is not something that events can be compared with.',
  INVALID_OPTION: 'An option is unknown or has a value that cannot be used.',
  INVALID_QUERY: 'A query has items that are not types and tags.',
  INVALID_STREAM_NAME: 'A stream name is empty, too long, reserved or not valid Unicode.',
  INVALID_VALUE: 'A value is not something that a model can hold.',
  LOCK_LOST: 'Another writer has opened the store, although this one had not closed it.',
  MATCHER_FAILED: 'The matcher of a derived stream, or an accessor of types or tags, threw an error.',
  MATCHER_MISMATCH: 'A derived stream was made with another matcher than the one that is given now.',
  MATCHER_MISSING: 'The function of a derived stream was not given again, and may not be taken from the store.',
  MATCHER_UNTRUSTED: 'The fingerprint of a stored function does not match the secret.',
  MIGRATION_FAILED: 'A snapshot cannot be taken to the current version of the model.',
  NEWER_FORMAT: 'The store was written by a newer version of Varve.',
  NEWER_MODEL: 'A snapshot or a journaled command comes from a newer version of the model.',
  NOT_A_STORE: 'The directory holds something that is not a Varve store.',
  NOT_DETERMINISTIC: 'The handler of a command asked for something that a replay would answer differently.',
  NOT_INDEXED: 'A query asks for types or tags in a store that keeps no index of them.',
  NOT_RESTORED: 'A model was read before it was restored.',
  NOT_UNIQUE: 'A collection has an object with this key, or with this value in a unique index.',
  OBJECT_DELETED: 'A draft was used of an object that was deleted, or of a part of it that was replaced.',
  OPTIMISTIC_CONCURRENCY: 'The stream is not at the version that the commit expected.',
  OUTSIDE_COMMAND: 'The model, or a draft, was used for writing while its command was not running.',
  OUTSIDE_HANDLER: 'The state of a consumer was set while it was not handling an event.',
  PARTITION_FULL: 'A partition cannot take a commit, because it would be larger than a partition can be.',
  PROJECTION_INVALID: 'A module does not export a valid projection.',
  PROJECTION_LOAD: 'A projection module cannot be loaded.',
  PROJECTION_PAUSED: 'A projection was told to rest before what was asked of it was done.',
  READ_ONLY: 'The store was opened for reading only, or was made read-only.',
  REPAIR_REFUSED: 'A repair would lose what it may not touch, or all there is.',
  REPLAY_FAILED: 'A journaled command threw, or did something else, when it was replayed.',
  SERIALIZATION: 'An event or state cannot be serialized or deserialized.',
  SNAPSHOT_FAILED: 'A snapshot of a prevalent system cannot be written.',
  STORE_CLOSED: 'The store, stream or consumer was closed.',
  STORE_LOCKED: 'Another writer has the store open.',
  STORE_MISSING: 'There is no store at this path.',
  STORE_REPLACED: 'The store at this path is not the one that was opened.',
  STORE_UNAVAILABLE: 'The operating system refused access to a file or directory of the store.',
  STREAM_CLOSED: 'The stream was closed for good and takes no more events.',
  STREAM_EXISTS: 'There is a stream of another kind with this name.',
  SYSTEM_IN_USE: 'A prevalent system with this journal is open on this store already.',
  TIMED_OUT: 'What was waited for did not happen in time.',
  TOO_MANY_PARTITIONS: 'The partitioner gives more names than a store can have partitions.',
  UNKNOWN_COMMAND: 'There is no command of this name, or not in this version.',
  UPCAST: 'An event cannot be brought to the current version of its type.',
  WORKER_FAILED: 'A projection worker failed again and again, and was given up.',
  WRONG_DIRECTORY: 'The directory for data or indexes is not the one in which the store has them.',
  WRITE_FAILED: 'A write or sync failed; the writer takes no more commits until the store is reopened.',
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** Where and why: the typed facts that an error may carry beside its message. */
export interface ErrorDetails {
  /** What the caller can do about it, as one sentence. */
  readonly hint?: string;
  /** The file or directory concerned. */
  readonly path?: string;
  /** Byte offset in the file. */
  readonly offset?: number;
  /** Position in the store. */
  readonly position?: number;
  /** Name of the stream concerned. */
  readonly stream?: string;
  /** What was expected in the place of `found`. */
  readonly expected?: unknown;
  readonly found?: unknown;
  /** The error that led to this one. */
  readonly cause?: unknown;
}

/** The base of all errors of Varve. */
export class VarveError extends Error {
  override readonly name: string = 'VarveError';
  /** What happened, as a stable code: docs/errors.md lists them. */
  readonly code: ErrorCode;
  // Only those that were given are there: an error that is printed shows all that it has.
  /** What the caller can do about it. */
  declare readonly hint: string | undefined;
  /** The file or directory concerned. */
  declare readonly path: string | undefined;
  /** Byte offset in the file. */
  declare readonly offset: number | undefined;
  /** Position in the store. */
  declare readonly position: number | undefined;
  /** Name of the stream concerned. */
  declare readonly stream: string | undefined;
  /** What was expected in the place of `found`. */
  declare readonly expected: unknown;
  declare readonly found: unknown;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(
      details.hint === undefined ? message : `${message} ${details.hint}`,
      details.cause === undefined ? undefined : { cause: details.cause },
    );
    this.code = code;
    const { cause: _, ...facts } = details;
    Object.assign(this, Object.fromEntries(Object.entries(facts).filter(([, fact]) => fact !== undefined)));
  }
}

/** The stream has advanced since the caller read it: nothing was written. `expected` and `found` are versions. */
export class OptimisticConcurrencyError extends VarveError {
  override readonly name = 'OptimisticConcurrencyError';

  constructor(stream: string, expectedVersion: number, actualVersion: number) {
    super(
      'OPTIMISTIC_CONCURRENCY',
      `Stream ${JSON.stringify(stream)} is at version ${actualVersion}, and the commit expected ${expectedVersion}.`,
      {
        stream,
        expected: expectedVersion,
        found: actualVersion,
        hint: 'Read the events that came since, decide anew, and commit with the version you have seen.',
      },
    );
  }
}

/**
 * The store has events that the condition of a commit excludes: nothing was written. `position` is that of the first.
 */
export class ConditionFailedError extends VarveError {
  override readonly name = 'ConditionFailedError';

  constructor(position: number, after: number) {
    super(
      'CONDITION_FAILED',
      `The event at position ${position} matches the query that must match nothing after position ${after}.`,
      {
        position,
        expected: `no matching event after position ${after}`,
        found: position,
        hint: 'Query again, decide anew, and commit with the position of the last event that you have seen.',
      },
    );
  }
}

/** Bytes on disk are not what was written: a checksum, a length, a chain or an order does not hold. */
export class CorruptionError extends VarveError {
  override readonly name = 'CorruptionError';

  constructor(message: string, details: ErrorDetails & { readonly path: string }) {
    super('CORRUPTION', message, {
      hint: 'Restore the file from a replica or backup, or rebuild what can be rebuilt.',
      ...details,
    });
  }
}

/** The event was dropped on purpose. `expected` is the first position that is still there. */
export class EventsDroppedError extends VarveError {
  override readonly name = 'EventsDroppedError';

  constructor(path: string, position: number, firstPosition: number) {
    super('EVENTS_DROPPED', `The event at position ${position} of ${path} was dropped on purpose.`, {
      path,
      position,
      expected: firstPosition,
      hint: `Read from position ${firstPosition} on: what lies before it is gone, from whatever stream.`,
    });
  }
}

/** A saved position belongs to a history that this store does not have. */
export class DivergedError extends VarveError {
  override readonly name = 'DivergedError';

  constructor(message: string, details: ErrorDetails = {}) {
    super('DIVERGED', message, {
      hint: 'Reset the consumer to build its state anew from this store, or bring back the store it belongs to.',
      ...details,
    });
  }
}

/** The event that could not be upcast; `version` is the one beyond which it could not be taken. */
export interface UpcastPlace {
  readonly type: string;
  readonly version: number;
  readonly position: number;
  readonly stream: string;
}

/** An event was not brought to the current version of its type. Its bytes are as they were written. */
export class UpcastError extends VarveError {
  override readonly name = 'UpcastError';
  readonly place: UpcastPlace;

  constructor(place: UpcastPlace, reason: string, cause?: unknown) {
    super(
      'UPCAST',
      `The event ${JSON.stringify(place.type)} at position ${place.position} cannot be upcast: ${reason}.`,
      {
        position: place.position,
        stream: place.stream,
        hint: 'Nothing on disk was changed. Correct the option `upcasters` and read again.',
        ...(cause === undefined ? {} : { cause }),
      },
    );
    this.place = place;
  }
}

/** True when `error` is a `VarveError`, of this copy of the library or of another one, with one of `codes`. */
export function hasErrorCode(error: unknown, ...codes: ErrorCode[]): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return codes.some((code) => code === error.code);
}

/** The `code` of an operating system error such as `ENOSPC`, or undefined. */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code) ? error.code : undefined;
}

/** Text of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Anything that was thrown, as an error. */
export function errorOf(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown });
}
