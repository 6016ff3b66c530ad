/** What commits return: the place of the events in the store, and promises that tell when they are safe. */
import { inspect } from 'node:util';
import type { CommitInfo, Position, StreamVersion } from '@varve/core';
import { shown, toPosition, toStreamVersion } from '@varve/core/internal';
import type { WritableStorage } from './writable-storage.ts';

/** The numbers of a commit. */
export interface CommitPlace {
  readonly epoch: number;
  readonly position: number;
  readonly version: number;
  readonly size: number;
  readonly clockUs: number;
  /** The `commitId` that the caller gave. */
  readonly givenId: string | undefined;
  /** Whether the store already had a commit with this id, and this is it. */
  readonly isDuplicate: boolean;
}

abstract class CommittedEvents implements CommitInfo {
  protected readonly storage: WritableStorage;
  private readonly epoch: number;
  private readonly givenId: string | undefined;
  /** Position of the first event in the store. */
  readonly position: Position;
  /** Number of events. */
  readonly size: number;
  /** When it was committed, in microseconds since 1970. */
  readonly committedAtUs: number;
  /** Whether the store already had a commit with this `commitId`: then this is that commit, and nothing was written. */
  readonly isDuplicate: boolean;

  constructor(storage: WritableStorage, place: Omit<CommitPlace, 'version'>) {
    this.storage = storage;
    this.epoch = place.epoch;
    this.givenId = place.givenId;
    this.position = toPosition(place.position);
    this.size = place.size;
    this.committedAtUs = place.clockUs;
    this.isDuplicate = place.isDuplicate;
  }

  /** The `commitId` in the metadata of its events. */
  get id(): string {
    return this.givenId ?? `${this.storage.commitIdPrefix}${this.epoch}-${this.position}`;
  }

  /** Position of the last event in the store. */
  get lastPosition(): Position {
    return toPosition(this.position + this.size - 1);
  }

  /** When it was committed, in milliseconds since 1970. */
  get committedAt(): number {
    return Math.floor(this.committedAtUs / 1000);
  }

  /** Its numbers, as JSON and `console.log` show them. */
  toJSON(): object {
    const { id, position, lastPosition, size, committedAt, isDuplicate } = this;
    return { id, position, lastPosition, size, committedAt, isDuplicate };
  }

  [inspect.custom](): string {
    return shown(this);
  }

  /**
   * Resolves when the operating system has the events: they survive the death of this process, and other processes
   * see them. Rejects with `WRITE_FAILED` when they could not be written.
   */
  get flushed(): Promise<this> {
    return this.storage.acknowledgements.whenFlushed(this.lastPosition, this);
  }

  /**
   * Resolves when the medium has the events: they survive a crash of the machine. Reading this property causes a sync, which
   * all waiting commits share. Rejects with `WRITE_FAILED` when they could not be written or synced.
   */
  get durable(): Promise<this> {
    return this.storage.acknowledgements.whenDurable(this.lastPosition, this);
  }
}

/** A commit to one stream. */
export class Commit extends CommittedEvents {
  /** Name of the stream. */
  readonly stream: string;
  /** Version of the stream after the commit: the version of the last event. */
  readonly version: StreamVersion;

  constructor(storage: WritableStorage, stream: string, place: CommitPlace) {
    super(storage, place);
    this.stream = stream;
    this.version = toStreamVersion(place.version);
  }

  override toJSON(): object {
    return { stream: this.stream, version: this.version, ...super.toJSON() };
  }
}

/** The events of a commit to several streams that went to one of them. */
export interface CommitPart {
  readonly stream: string;
  /** Position of the first of them in the store. */
  readonly position: Position;
  /** Version of the stream after the commit. */
  readonly version: StreamVersion;
  readonly size: number;
}

/** A commit to several streams, all or nothing. */
export class JointCommit extends CommittedEvents {
  /** One for each stream that got events, in the order in which they were given. */
  readonly parts: readonly CommitPart[];

  constructor(storage: WritableStorage, parts: readonly CommitPart[], place: Omit<CommitPlace, 'version'>) {
    super(storage, place);
    this.parts = parts;
  }

  override toJSON(): object {
    return { parts: this.parts, ...super.toJSON() };
  }
}
