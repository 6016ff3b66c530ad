/**
 * Accepts commits: gives each its position and time, has it appended to the write buffers, and announces it once it is written.
 * Only the holder of the writer's lock may use it.
 */
import { type StreamMetadata, VarveError } from '@varve/core';
import { callHook, type StoreContext, toPosition, toStreamVersion } from '@varve/core/internal';
import { BodyEncoder } from './body-encoder.ts';
import { Commit, type CommitPlace, JointCommit } from './commit.ts';
import { type AppenderInput, CommitAppender, type CommitRequest } from './commit-appender.ts';
import { givenCommitId } from './commit-arguments.ts';
import { CommitHooks } from './commit-hooks.ts';
import { CommitIds } from './commit-ids/commit-ids.ts';
import { NewMetadata } from './new-metadata.ts';
import type { ResolvedWriteOptions } from './options.ts';
import type { WritableStorage } from './writable-storage.ts';

/** What the committer itself derives from the options. */
type OwnInput = 'commitIdOf' | 'encoder' | 'epoch' | 'writeBufferSize' | 'maxCommitBytes' | 'streamMetadata';

export interface CommitterInput extends Omit<AppenderInput, OwnInput> {
  readonly storage: WritableStorage;
  readonly options: ResolvedWriteOptions;
  readonly partitionMetadata: NewMetadata;
  readonly context: StoreContext;
  /** Position and time of the end of the store. */
  readonly end: { readonly position: number; readonly clockUs: number };
  /** Whether commits in the store may have ids that callers gave. */
  readonly mayHaveCommitIds: boolean;
}

export class Committer {
  /** Position of the last event that was committed, written or not. */
  lastPosition: number;
  /** Number of events that are not written yet. */
  bufferedEvents = 0;
  private readonly storage: WritableStorage;
  private readonly epoch: number;
  private readonly appender: CommitAppender;
  private readonly hooks: CommitHooks;
  private readonly ids: CommitIds;
  private lastClockUs: number;
  /** Functions of the user run while a commit is appended; they must not begin anything that changes the store. */
  private isChanging = false;
  /** The numbers of the commit at hand; the object is reused, since `Commit` copies them. */
  private readonly place: { -readonly [Key in keyof CommitPlace]: CommitPlace[Key] };
  /** Commits to announce to listeners when they are written. */
  private unannounced: (Commit | JointCommit)[] = [];

  constructor(input: CommitterInput) {
    const { storage, end } = input;
    const { writeBufferSize, maxCommitBytes, streamMetadata: metadataOf } = input.options;
    const streamMetadata = new NewMetadata('streamMetadata', metadataOf);
    this.storage = storage;
    this.epoch = storage.epoch;
    this.place = {
      epoch: this.epoch,
      position: 0,
      version: 0,
      size: 0,
      clockUs: 0,
      givenId: undefined,
      isDuplicate: false,
    };
    this.lastPosition = end.position;
    this.lastClockUs = end.clockUs;
    const commitIdOf = (position: number, metadata: object | undefined): string => this.commitIdAt(position, metadata);
    const encoder = new BodyEncoder(storage.codec, storage.upcasters);
    const limits = { writeBufferSize, maxCommitBytes, epoch: this.epoch };
    this.appender = new CommitAppender({ ...input, ...limits, encoder, streamMetadata, commitIdOf });
    const ask = (event: object, metadata: StreamMetadata): void => callHook(storage, 'preCommit', event, metadata);
    this.hooks = new CommitHooks({ ...input, streamMetadata, ask });
    this.ids = new CommitIds(input.context, storage, { end: end.position, mayHaveIds: input.mayHaveCommitIds });
  }

  /** Whether callers gave ids to commits. */
  get hasCommitIds(): boolean {
    return this.ids.areKept;
  }

  /** Appends a commit to one stream. When the commit is refused, throws the reason and leaves no trace. */
  append(request: CommitRequest): Commit {
    this.beginChange();
    try {
      return this.appendOne(request);
    } finally {
      this.isChanging = false;
    }
  }

  /** Appends a commit to several streams, each with at least one event. Throws as `append` does. */
  appendAll(requests: readonly CommitRequest[]): JointCommit {
    return this.exclusively(() => this.appendJoint(requests));
  }

  /**
   * Runs `work`, which changes the store. A change that a function of the user makes inside it is refused with
   * `COMMIT_UNDER_WAY`, because positions and ids have been assigned already.
   */
  exclusively<Result>(work: () => Result): Result {
    this.beginChange();
    try {
      return work();
    } finally {
      this.isChanging = false;
    }
  }

  private beginChange(): void {
    this.storage.assertWriter();
    this.isChanging = true;
  }

  /** Throws `COMMIT_UNDER_WAY` when a function of the user runs inside a change that already has its positions or ids. */
  assertNoneUnderWay(): void {
    if (!this.isChanging) return;
    throw new VarveError(
      'COMMIT_UNDER_WAY',
      'The store was to be changed by a function that it calls while it changes.',
      {
        path: this.storage.directory,
        position: this.lastPosition + 1,
        hint: 'Matchers, partitioners, accessors, serializers, getters and hooks that a new index calls only compute; commit afterwards.',
      },
    );
  }

  private appendOne(request: CommitRequest): Commit {
    const size = request.events.length;
    const position = this.lastPosition + 1;
    const clockUs = this.nextClockUs();
    const givenId = request.metadata === undefined ? undefined : givenCommitId(request.metadata);
    if (givenId !== undefined) this.ids.begin(this.storage.durablePosition);
    this.appender.append(request, position, clockUs);
    const version = request.version + size;
    const { place } = this;
    place.position = position;
    place.version = version;
    place.size = size;
    place.clockUs = clockUs;
    place.givenId = givenId;
    const commit = new Commit(this.storage, request.stream, place);
    this.took(commit, givenId);
    return commit;
  }

  private appendJoint(requests: readonly CommitRequest[]): JointCommit {
    const { epoch } = this;
    const position = this.lastPosition + 1;
    const clockUs = this.nextClockUs();
    const givenId = givenCommitId(requests[0]!.metadata);
    if (givenId !== undefined) this.ids.begin(this.storage.durablePosition);
    this.appender.appendAll(requests, position, clockUs);
    let size = 0;
    const parts = requests.map(({ stream, version, events }) => {
      const first = toPosition(position + size);
      size += events.length;
      return { stream, position: first, version: toStreamVersion(version + events.length), size: events.length };
    });
    const commit = new JointCommit(this.storage, parts, {
      epoch,
      position,
      size,
      clockUs,
      givenId,
      isDuplicate: false,
    });
    this.took(commit, givenId);
    return commit;
  }

  /** The commit to one stream that was made with the `commitId` in this metadata, if there is one. */
  findCommit(metadata: object): Commit | undefined {
    const givenId = givenCommitId(metadata);
    const earlier = givenId === undefined ? undefined : this.ids.find(givenId);
    if (earlier === undefined) return undefined;
    const { stream, version } = earlier.parts[0]!;
    return new Commit(this.storage, stream, { ...earlier, version, givenId, isDuplicate: true });
  }

  /** The commit to several streams that was made with this id, if there is one. */
  findJointCommit(givenId: string): JointCommit | undefined {
    const earlier = this.ids.find(givenId);
    if (earlier === undefined) return undefined;
    return new JointCommit(this.storage, earlier.parts, { ...earlier, givenId, isDuplicate: true });
  }

  /** Writes the ids that callers gave to a file, now and then and before the store is closed. */
  keepIds(flushedPosition: number, isLast: boolean): void {
    this.ids.keepUp(flushedPosition, isLast);
  }

  /** Makes sure that the files cover the ids of all positions up to `durable`. Throws `DISK_FULL`. */
  keepIdsOf(durable: number): void {
    this.ids.keepAll(durable);
  }

  /** Rebuilds the files of commit ids that reach past `from`; everything up to `last` must be durable. */
  reindexIds(from: number, last: number, mayHaveIds: boolean): void {
    this.ids.rebuild(from, last, mayHaveIds);
  }

  /** Calls the listeners of `preCommit`; throws what they throw. */
  callHooks(request: CommitRequest): void {
    const position = this.lastPosition + 1;
    const commitId = this.commitIdAt(position, request.metadata);
    this.hooks.call(request, { position, clockUs: this.nextClockUs(), commitId });
  }

  /** To be called after each flush. An error that a listener throws is not a failure of the store. */
  wereFlushed(): void {
    this.appender.buffersWereFlushed();
    this.bufferedEvents = 0;
    if (this.unannounced.length === 0) return;
    const commits = this.unannounced;
    this.unannounced = [];
    for (const commit of commits) queueMicrotask(() => this.storage.emit('commit', commit));
  }

  private took(commit: Commit | JointCommit, givenId: string | undefined): void {
    if (givenId !== undefined) this.ids.add(givenId, commit.position);
    this.lastPosition = commit.lastPosition;
    this.lastClockUs = commit.committedAtUs;
    this.bufferedEvents += commit.size;
    if (this.storage.hasCommitListeners) this.unannounced.push(commit);
  }

  private nextClockUs(): number {
    return Math.max(this.lastClockUs + 1, this.storage.options.clock.nowUs());
  }

  private commitIdAt(position: number, metadata: object | undefined): string {
    return givenCommitId(metadata) ?? `${this.storage.commitIdPrefix}${this.epoch}-${position}`;
  }
}
