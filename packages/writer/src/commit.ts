/** What `commit` returns: the place of the events in the store, and promises of how safe they are. */
import type { Position, StreamVersion } from '@varve/core';
import { toPosition, toStreamVersion } from '@varve/core/internal';
import type { WritableStorage } from './writable-storage.ts';

export class Commit {
  private readonly storage: WritableStorage;
  private readonly epoch: number;
  /** Name of the stream. */
  readonly stream: string;
  /** Position of the first event in the store. */
  readonly position: Position;
  /** Version of the stream after the commit: the version of the last event. */
  readonly version: StreamVersion;
  /** Number of events. */
  readonly size: number;
  /** When it was committed, in microseconds since 1970. */
  readonly committedAtUs: number;

  constructor(storage: WritableStorage, stream: string, place: CommitPlace) {
    this.storage = storage;
    this.stream = stream;
    this.epoch = place.epoch;
    this.position = toPosition(place.position);
    this.version = toStreamVersion(place.version);
    this.size = place.size;
    this.committedAtUs = place.clockUs;
  }

  /** The `commitId` in the metadata of its events. */
  get id(): string {
    return `${this.storage.commitIdPrefix}${this.epoch}-${this.position}`;
  }

  /** Position of the last event in the store. */
  get lastPosition(): Position {
    return toPosition(this.position + this.size - 1);
  }

  /** When it was committed, in milliseconds since 1970. */
  get committedAt(): number {
    return Math.floor(this.committedAtUs / 1000);
  }

  /**
   * Resolves when the operating system has the events: they survive the death of this process, and other processes
   * see them. Rejects with `WRITE_FAILED` when they could not be written.
   */
  get flushed(): Promise<this> {
    return this.storage.whenFlushed(this.lastPosition).then(() => this);
  }

  /**
   * Resolves when the medium has the events: they survive the machine. Asking for it causes a sync, which all commits
   * that wait for one share. Rejects with `WRITE_FAILED` when they could not be written or synced.
   */
  get durable(): Promise<this> {
    return this.storage.whenDurable(this.lastPosition).then(() => this);
  }
}

/** The numbers of a commit. */
export interface CommitPlace {
  readonly epoch: number;
  readonly position: number;
  readonly version: number;
  readonly size: number;
  readonly clockUs: number;
}
