/**
 * Where a consumer's events come from: the positions of its source behind those it has handled, and whether the store
 * still has the history that its state was made from.
 */
import { DivergedError } from '../errors.ts';
import type { EventReader } from '../storage/event-reader.ts';
import { checkHistory, type RememberedEvent } from '../storage/history-check.ts';
import { noPositions, type PositionSequence, SlicedPositions } from '../storage/position-sequence.ts';
import type { ReadableStorage } from '../storage/readable-storage.ts';
import type { StreamSource } from '../stream/stream-source.ts';
import type { SourceIdentity } from './consumed-source.ts';

/** Positions that are handed out at once, before other work of the process gets a turn. */
const positionsPerTurn = 512;
/** Positions of the store that are looked through at once, which bounds what a query or join takes in memory. */
const positionsPerLook = 1_048_576;

/** The last event that was taken; with epoch 0 there is none, and `since` is the version to begin after. */
export interface Place extends RememberedEvent {
  readonly since?: number;
}

export interface ConsumerSourceOptions {
  readonly identity: SourceIdentity;
  readonly source: StreamSource;
  /** What the consumer is called in messages. */
  readonly name: string;
  /** Whether to read what the machine of the writer may still lose. */
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
  /** Everything up to this position was looked through. */
  private lookedUpTo = 0;
  /** Which stream it was when it was looked for last. */
  private streamId: number | string | undefined;
  /** Where the store ended when this began, with what this process had committed and not written yet. */
  private goal = 0;
  /** Position of the event with the version `since`, when it is there. */
  private start: { readonly since: number; readonly position: number } | undefined;

  constructor(storage: ReadableStorage, options: ConsumerSourceOptions) {
    this.storage = storage;
    this.options = options;
    this.identity = options.identity;
  }

  /** The store may have been cut back, or the place is another one: the next call of `next` looks again. */
  distrust(): void {
    this.mustVerify = true;
    this.found = noPositions;
    this.taken = 0;
    this.lookedUpTo = 0;
    this.start = undefined;
    const { storage, limit } = this;
    this.goal = limit < storage.publishedPosition ? limit : storage.visiblePosition;
  }

  /** False while the store, being behind, does not have the event that the state ends with. */
  get isVerified(): boolean {
    return !this.mustVerify;
  }

  /** Whether all events were handed out that could be seen when this began. */
  get isCaughtUp(): boolean {
    // What could be seen may be gone: when the store was cut back, or the writer failed.
    return this.isVerified && this.coveredPosition >= Math.min(this.goal, this.storage.visiblePosition);
  }

  /** Whether events of the source are known of that this process cannot read yet: nothing behind them may be handled. */
  get isAwaiting(): boolean {
    return this.options.source.isAwaited === true;
  }

  /** Position up to which events may be handled. */
  get limit(): number {
    const { storage, options } = this;
    return options.readUndurable ? storage.publishedPosition : storage.consumablePosition;
  }

  /** All events up to this position were handed out. */
  get coveredPosition(): number {
    const { taken, found } = this;
    if (taken >= found.length) return this.lookedUpTo;
    // Asked for when they were read: a merge of several streams goes in order, and back only at a cost.
    return taken === 0 ? 0 : found.at(taken - 1);
  }

  /** Number of the events of the source at or before `position`. */
  versionAt(position: number): number {
    return this.options.source.versionAt(Math.min(position, this.storage.visiblePosition));
  }

  /**
   * The next positions behind `place`; none when all events have been handed out. Throws `DivergedError` when the
   * store has another history.
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

  /** Looks through the next part of the store; false when there is nothing to look through. */
  private look(place: Place): boolean {
    const { limit } = this;
    const { source } = this.options;
    if (this.isAwaiting) return false;
    const { streamId } = source;
    // It came to be, or was deleted and made again, since the last look.
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

  /** Position of the event before the first one; behind everything while that event is not there. */
  private startAfter(since: number, limit: number): number {
    if (since === 0) return 0;
    if (this.start?.since === since) return this.start.position;
    const { source } = this.options;
    if (source.versionAt(limit) < since) return limit;
    const position = source.positions(since, since, limit).at(0);
    this.start = { since, position };
    return position;
  }

  /** Whether the store has the event at `place`; false while it is behind. Throws `DivergedError` when it has another one. */
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
