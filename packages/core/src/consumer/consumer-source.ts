/**
 * Where a consumer's events come from: finds the positions of its source after those it has handled, and checks that
 * the store still has the history that its state was made from.
 */
import { DivergedError } from '../errors.ts';
import type { EventReader } from '../storage/event-reader.ts';
import { checkHistory, type RememberedEvent } from '../storage/history-check.ts';
import { noPositions, type PositionSequence, SlicedPositions } from '../storage/position-sequence.ts';
import type { ReadableStorage } from '../storage/readable-storage.ts';
import type { StreamSource } from '../stream/stream-source.ts';
import type { SourceIdentity } from './consumed-source.ts';

/** Positions handed out at once, before other work of the process gets a turn. */
const positionsPerTurn = 512;
/** Positions of the store searched at once, which bounds the memory that a query or join takes. */
const positionsPerLook = 1_048_576;

/** The last event that was taken. Epoch 0 means that there is none, and `since` is the version to begin after. */
export interface Place extends RememberedEvent {
  readonly since?: number;
}

export interface ConsumerSourceOptions {
  readonly identity: SourceIdentity;
  readonly source: StreamSource;
  /** Name of the consumer in messages. */
  readonly name: string;
  /** Whether to read events that the machine of the writer may still lose. */
  readonly readUndurable: boolean;
}

export class ConsumerSource {
  readonly identity: SourceIdentity;
  private readonly storage: ReadableStorage;
  private readonly options: ConsumerSourceOptions;
  private mustVerify = true;
  /** Positions that were found, and how many of them were handed out. */
  private found: PositionSequence = noPositions;
  private taken = 0;
  /** Everything up to this position was searched. */
  private lookedUpTo = 0;
  /** Id of the stream at the last search. */
  private streamId: number | string | undefined;
  /** End of the store when this began, including what this process had committed but not yet written. */
  private goal = 0;
  /** Position of the event with the version `since`, once that event exists. */
  private start: { readonly since: number; readonly position: number } | undefined;

  constructor(storage: ReadableStorage, options: ConsumerSourceOptions) {
    this.storage = storage;
    this.options = options;
    this.identity = options.identity;
  }

  /**
   * Called when the store may have been cut back or the place has changed: the next call of `next` verifies and
   * searches again.
   */
  distrust(): void {
    this.mustVerify = true;
    this.found = noPositions;
    this.taken = 0;
    this.lookedUpTo = 0;
    this.start = undefined;
    const { storage, limit } = this;
    this.goal = limit < storage.publishedPosition ? limit : storage.visiblePosition;
  }

  /** False until the store is known to have the last event of the state, which it lacks while it is behind. */
  get isVerified(): boolean {
    return !this.mustVerify;
  }

  /** Whether all events that were visible when this began have been handed out. */
  get isCaughtUp(): boolean {
    // What was visible may be gone: when the store was cut back, or the writer failed.
    return this.isVerified && this.coveredPosition >= Math.min(this.goal, this.storage.visiblePosition);
  }

  /** Whether the source has events that this process cannot read yet: no later event may be handled before them. */
  get isAwaiting(): boolean {
    return this.options.source.isAwaited === true;
  }

  /** Position up to which events may be handled. */
  get limit(): number {
    const { storage, options } = this;
    return options.readUndurable ? storage.publishedPosition : storage.consumablePosition;
  }

  /** All events up to this position have been handed out. */
  get coveredPosition(): number {
    const { taken, found } = this;
    if (taken >= found.length) return this.lookedUpTo;
    // Queried right after these were read, since a merge of several streams moves forward cheaply, but back only at a
    // cost.
    return taken === 0 ? 0 : found.at(taken - 1);
  }

  /** Number of events of the source at or before `position`. */
  versionAt(position: number): number {
    return this.options.source.versionAt(Math.min(position, this.storage.visiblePosition));
  }

  /**
   * The next positions after `place`; none when all events have been handed out. Throws `DivergedError` when the store
   * has another history.
   */
  next(place: Place, reader: EventReader): PositionSequence {
    if (this.mustVerify && !this.verify(place, reader)) return noPositions;
    while (this.taken >= this.found.length) {
      if (!this.look(place)) return noPositions;
    }
    const length = Math.min(positionsPerTurn, this.found.length - this.taken);
    const positions = new SlicedPositions(this.found, this.taken, length);
    this.taken += length;
    return positions;
  }

  /** Searches the next part of the store; false when there is none. */
  private look(place: Place): boolean {
    const { limit } = this;
    const { source } = this.options;
    if (this.isAwaiting) return false;
    const { streamId } = source;
    // The stream was created, or deleted and created again, since the last search.
    if (streamId !== this.streamId) {
      this.lookedUpTo = 0;
      this.start = undefined;
      this.streamId = streamId;
    }
    if (streamId === 0) {
      this.lookedUpTo = limit;
      return false;
    }
    const from = Math.max(
      this.lookedUpTo,
      place.epoch === 0 ? this.startAfter(place.since ?? 0, limit) : place.position,
    );
    if (from >= limit) {
      this.lookedUpTo = Math.max(this.lookedUpTo, limit);
      return false;
    }
    const to = Math.min(limit, from + positionsPerLook);
    this.found = source.between(from, to);
    this.taken = 0;
    this.lookedUpTo = to;
    return true;
  }

  /** Position of the event with the version `since`, after which to begin; `limit` while there is no such event. */
  private startAfter(since: number, limit: number): number {
    if (since === 0) return 0;
    if (this.start?.since === since) return this.start.position;
    const { source } = this.options;
    if (source.versionAt(limit) < since) return limit;
    const position = source.positions(since, since, limit).at(0);
    this.start = { since, position };
    return position;
  }

  /**
   * Whether the store has the event at `place`; false while the store is behind. Throws `DivergedError` when it has another
   * event there.
   */
  contains(place: Place, reader: EventReader): boolean {
    const result = place.epoch === 0 ? 'same' : checkHistory(this.storage, place, reader);
    if (result === 'behind') return false;
    if (result !== 'same') throw this.diverged(place.position, result.difference);
    return true;
  }

  private verify(place: Place, reader: EventReader): boolean {
    this.mustVerify = !this.contains(place, reader);
    return !this.mustVerify;
  }

  private diverged(position: number, reason: string): DivergedError {
    const { directory } = this.storage;
    return new DivergedError(`The consumer ${this.options.name} is at position ${position}, but ${reason}.`, {
      path: directory,
      position,
      stream: this.identity.name,
    });
  }
}
