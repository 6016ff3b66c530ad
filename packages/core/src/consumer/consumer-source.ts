/**
 * Where a consumer's events come from: the positions of its stream behind those it has handled, and whether the store
 * still has the history that its state was made from.
 */
import { DivergedError } from '../errors.ts';
import type { EventReader } from '../storage/event-reader.ts';
import { checkHistory } from '../storage/history-check.ts';
import { ConsecutivePositions, noPositions, type PositionSequence } from '../storage/position-sequence.ts';
import type { ReadableStorage } from '../storage/readable-storage.ts';
import { allStream } from '../stream/stream-source.ts';
import type { Checkpoint } from './consumer-file.ts';

/** Positions that are looked up at once. */
const positionsPerTurn = 512;

export class ConsumerSource {
  readonly streamName: string;
  private readonly storage: ReadableStorage;
  private mustVerify = true;

  constructor(storage: ReadableStorage, streamName: string) {
    this.storage = storage;
    this.streamName = streamName;
  }

  /** The store may have been cut back: the next call of `next` looks again. */
  distrust(): void {
    this.mustVerify = true;
  }

  /** False while the store, being behind, does not have the event that the state ends with. */
  get isVerified(): boolean {
    return !this.mustVerify;
  }

  /**
   * The next positions behind `checkpoint`, or behind version `since` while there is no event in the state; none when
   * all published events have been handled. Throws `DivergedError` when the store has another history.
   */
  next(checkpoint: Checkpoint, since: number, reader: EventReader): PositionSequence {
    if (this.mustVerify && !this.verify(checkpoint, reader)) return noPositions;
    const { storage, streamName } = this;
    const published = storage.publishedPosition;
    if (streamName === allStream) {
      const from = Math.max(checkpoint.position, since);
      return new ConsecutivePositions(from + 1, Math.min(published, from + positionsPerTurn));
    }
    const stream = storage.streamNamed(streamName);
    if (stream === undefined) return noPositions;
    const last = storage.streamVersionAt(stream.id, published);
    const seen = Math.max(storage.streamVersionAt(stream.id, checkpoint.position), since);
    return storage.streamPositions(stream.id, seen + 1, Math.min(last, seen + positionsPerTurn));
  }

  private verify(checkpoint: Checkpoint, reader: EventReader): boolean {
    // Epoch 0 says that there is no event in the state yet.
    const result = checkpoint.epoch === 0 ? 'same' : checkHistory(this.storage, checkpoint, reader);
    if (result === 'behind') return false;
    if (result !== 'same') throw this.diverged(checkpoint.position, result.difference);
    this.mustVerify = false;
    return true;
  }

  private diverged(position: number, reason: string): DivergedError {
    const { directory } = this.storage;
    return new DivergedError(
      `A consumer of stream ${JSON.stringify(this.streamName)} is at position ${position}, but ${reason}.`,
      { path: directory, position, stream: this.streamName },
    );
  }
}
