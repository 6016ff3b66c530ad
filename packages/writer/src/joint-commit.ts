/** Checks a commit to several streams before any of it is appended. */
import { OptimisticConcurrencyError, type StreamVersionInput, VarveError } from '@varve/core';
import type { Codec } from '@varve/core/internal';
import type { CommitRequest } from './commit-appender.ts';
import { checkExpectedVersion, checkMetadata, ExpectedVersion, givenCommitId, listOf } from './commit-arguments.ts';
import { assertCondition, type CommitCondition } from './commit-condition.ts';
import type { JointCommit } from './commit.ts';
import type { EventValidator } from './schemas/event-validator.ts';
import { assertStreamName } from './stream-name.ts';
import type { WritableStorage } from './writable-storage.ts';

/** What a commit to several streams appends to one of them, or requires of it. */
export interface StreamCommit<Event extends object = object> {
  readonly stream: string;
  /** The events for this stream; without any, the stream is only checked. */
  readonly events?: Event | readonly Event[];
  /** The version that the stream must have. @default ExpectedVersion.Any */
  readonly expectedVersion?: StreamVersionInput;
  /** Merged into the metadata of these events. A `commitId` belongs to the whole commit: give it to any one of them. */
  readonly metadata?: object;
}

interface CheckedCommit {
  readonly stream: string;
  readonly events: readonly object[];
  readonly expectedVersion: number;
  readonly metadata: object | undefined;
}

/** What all parts of a commit to several streams have in common. */
interface JointCommitRules {
  readonly validator: EventValidator | undefined;
  readonly condition: Required<CommitCondition> | undefined;
}

/** Appends all or nothing. */
export function commitJointly(
  storage: WritableStorage,
  commits: readonly StreamCommit[],
  { validator, condition }: JointCommitRules,
): JointCommit {
  const checked = checkCommits(commits, storage.codec).map((commit) => {
    if (validator === undefined || commit.events.length === 0) return commit;
    return {
      ...commit,
      events: listOf(validator.validate(commit.stream, commit.events), commit.stream, storage.codec),
    };
  });
  const commitId = givenCommitId(checked[0]!.metadata);
  const findEarlier = (): JointCommit | undefined =>
    commitId === undefined ? undefined : storage.committer.findJointCommit(commitId);
  const earlier = findEarlier();
  if (earlier !== undefined) return earlier;
  const hooked = checked.filter(({ events }) => events.length > 0);
  if (storage.hasCommitHooks) {
    for (const commit of hooked) storage.committer.callHooks(lookUp(storage, commit));
    // A hook may have committed something itself, even with this id.
    const made = findEarlier();
    if (made !== undefined) return made;
  }
  for (const { stream } of hooked) storage.derived.assertTakesEvents(stream, storage.catalog.streamNamed(stream));
  for (const commit of checked) assertVersion(storage, commit);
  if (condition !== undefined) assertCondition(storage, storage.committer.lastPosition, condition);
  return storage.appendAll(hooked.map((commit) => lookUp(storage, commit)));
}

function lookUp(storage: WritableStorage, { stream, events, metadata }: CheckedCommit): CommitRequest {
  const entry = storage.catalog.streamNamed(stream);
  return { stream, events, entry, version: storage.currentVersion(entry), metadata };
}

function assertVersion(storage: WritableStorage, { stream, expectedVersion }: CheckedCommit): void {
  if (expectedVersion === ExpectedVersion.Any) return;
  const version = storage.currentVersion(storage.catalog.streamNamed(stream));
  if (version !== expectedVersion) throw new OptimisticConcurrencyError(stream, expectedVersion, version);
}

function checkCommits(commits: readonly StreamCommit[], codec: Codec): CheckedCommit[] {
  if (!Array.isArray(commits)) throw invalid('with something that is not an array', commits);
  const checked = Array.from(commits as readonly StreamCommit[], (commit) => checkCommit(commit, codec));
  const streams = new Set(checked.map(({ stream }) => stream));
  if (streams.size < checked.length) throw invalid('with the same stream twice', [...streams]);
  if (checked.every(({ events }) => events.length === 0)) throw invalid('without any event', commits.length);
  const ids = new Set(checked.map(({ metadata }) => givenCommitId(metadata)).filter((id) => id !== undefined));
  if (ids.size > 1) throw invalid('with different commit ids', [...ids]);
  const [commitId] = ids;
  if (commitId === undefined) return checked;
  return checked.map((commit) => ({ ...commit, metadata: { ...commit.metadata, commitId } }));
}

function checkCommit(commit: StreamCommit, codec: Codec): CheckedCommit {
  if (typeof commit !== 'object' || commit === null) throw invalid('with a part that is not an object', commit);
  const { stream, events = [], expectedVersion = ExpectedVersion.Any, metadata } = commit;
  assertStreamName(stream);
  const list = listOf(events, stream, codec);
  const isCheck = list.length === 0;
  if (isCheck && expectedVersion === ExpectedVersion.Any) {
    throw invalid(`with neither events nor an expected version for the stream ${JSON.stringify(stream)}`, commit);
  }
  if (metadata !== undefined && (typeof metadata !== 'object' || metadata === null)) {
    throw invalid('with metadata that is not an object', metadata);
  }
  return {
    stream,
    events: list,
    expectedVersion: checkExpectedVersion(expectedVersion),
    metadata: metadata === undefined ? undefined : checkMetadata(metadata),
  };
}

function invalid(how: string, found: unknown): VarveError {
  return new VarveError('INVALID_OPTION', `commitAll() was called ${how}.`, {
    found,
    expected: '[{ stream, events, expectedVersion, metadata }, ...], each stream once',
    hint: 'Nothing was committed. Give each stream once, with its events, or with the version it must have.',
  });
}
