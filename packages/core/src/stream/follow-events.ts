/**
 * A stream that does not end: the events that exist, and then new ones, by the same path. Nothing is collected ahead;
 * an event is read when it is requested, and only when other processes can see it too. When the store is cut back to
 * before what was delivered, or replaced, this ends with `DIVERGED` instead of going on wrongly.
 */
import { DivergedError } from '../errors.ts';
import { type OptionRule, optionRules } from '../option-rules.ts';
import { EventReader, type StoredEvent } from '../storage/event-reader.ts';
import { checkHistory, type RememberedEvent } from '../storage/history-check.ts';
import { noPositions, type PositionSequence } from '../storage/position-sequence.ts';
import type { ReadableStorage } from '../storage/readable-storage.ts';
import { EventCursor, eventsPerTurn } from './event-cursor.ts';
import type { EventPredicate } from './event-predicate.ts';
import type { StreamSource } from './stream-source.ts';

export interface FollowOptions {
  /** Ends the stream, without an error. */
  readonly signal?: AbortSignal;
}

export const followRules: Readonly<Record<keyof FollowOptions, OptionRule>> = { signal: optionRules.signal };

export interface FollowedStream {
  readonly storage: ReadableStorage;
  readonly name: string;
  readonly source: StreamSource;
  /** Version of the first event to deliver. */
  readonly from: number;
  readonly predicate: EventPredicate | undefined;
}

/** The events of a stream, endlessly: until `signal` aborts or the store closes. */
export async function* followEvents<Payload>(
  stream: FollowedStream,
  signal: AbortSignal | undefined,
): AsyncGenerator<StoredEvent<Payload>, undefined> {
  const { storage } = stream;
  storage.assertOpen();
  const news = new News(storage, signal);
  const place = new FollowedPlace(stream);
  try {
    while (news.isWanted) {
      const cursor = new EventCursor({
        storage,
        positions: place.next(),
        predicate: stream.predicate,
        epoch: storage.epoch,
      });
      for (let found = cursor.tryAdvance(eventsPerTurn); found !== 'end'; found = cursor.tryAdvance(eventsPerTurn)) {
        place.remember(cursor);
        if (found === 'pause') await new Promise((resolve) => setImmediate(resolve));
        else yield storedEvent<Payload>(cursor.reader);
        // If the store was cut back, what was looked up before must not be read any further.
        if (!news.isWanted || !place.isTrusted) break;
      }
      if (cursor.position > 0) place.remember(cursor);
      else await news.wait();
    }
  } finally {
    news.stop();
  }
  return undefined;
}

function storedEvent<Payload>(reader: EventReader): StoredEvent<Payload> {
  return { stream: reader.stream(), payload: reader.payload() as Payload, metadata: reader.metadata() };
}

/** How far a follower has come, and whether the store still has what it has seen. */
class FollowedPlace {
  private readonly stream: FollowedStream;
  private readonly reader: EventReader;
  /** Events up to this position have been examined; undefined until the stream reaches the version to begin with. */
  private after: number | undefined;
  private last: RememberedEvent | undefined;
  /** The epoch in which `last` was found to be in the store. */
  private trustedEpoch: number;

  constructor(stream: FollowedStream) {
    this.stream = stream;
    this.reader = new EventReader(stream.storage);
    this.trustedEpoch = stream.storage.epoch;
  }

  get isTrusted(): boolean {
    return this.trustedEpoch === this.stream.storage.epoch;
  }

  remember({ position, reader: { frame } }: EventCursor): void {
    this.after = position;
    this.last = { position, epoch: frame.epoch, frameChecksum: frame.checksum };
  }

  /** The next positions; none when everything was examined, or while the store lags behind what was. */
  next(): PositionSequence {
    if (!this.isTrusted && !this.verify()) return noPositions;
    const { source, storage } = this.stream;
    const published = storage.publishedPosition;
    this.after ??= this.startUpTo(published);
    if (this.after === undefined || this.after >= published) return noPositions;
    return source.between(this.after, published);
  }

  /** Position of the event before the first one to deliver, if that event is there. */
  private startUpTo(published: number): number | undefined {
    const { source, from } = this.stream;
    if (from <= 1) return 0;
    if (source.versionAt(published) < from - 1) return undefined;
    return source.positions(from - 1, from - 1, published).at(0);
  }

  private verify(): boolean {
    const { storage, name } = this.stream;
    const { epoch } = storage;
    // Nothing was examined yet, and the version to begin with may be elsewhere now.
    if (this.last === undefined) this.after = undefined;
    const result = this.last === undefined ? 'same' : checkHistory(storage, this.last, this.reader);
    if (result === 'behind') return false;
    if (result !== 'same') {
      const { position } = this.last!;
      throw new DivergedError(
        `The stream ${JSON.stringify(name)} was followed to position ${position}, but ${result.difference}.`,
        {
          path: storage.directory,
          position,
          stream: name,
          hint: 'What was delivered last is not in the store any more. Discard what was made from it, and follow anew.',
        },
      );
    }
    this.trustedEpoch = epoch;
    return true;
  }
}

/** Wakes a follower, and says whether it is still wanted. */
class News {
  private readonly storage: ReadableStorage;
  private readonly signal: AbortSignal | undefined;
  private failure: Error | undefined;
  private resume: (() => void) | undefined;
  private readonly wake = (): void => this.resume?.();
  private readonly fail = (error: Error): void => {
    this.failure = error;
    this.wake();
  };

  constructor(storage: ReadableStorage, signal: AbortSignal | undefined) {
    this.storage = storage;
    this.signal = signal;
    this.failure = storage.fatalError;
    storage.on('advance', this.wake).on('rebase', this.wake).on('close', this.wake).on('error', this.fail);
    signal?.addEventListener('abort', this.wake);
  }

  /** False when the follower must end. Throws when the storage failed. */
  get isWanted(): boolean {
    if (this.failure !== undefined) throw this.failure;
    return this.storage.isOpen && this.signal?.aborted !== true;
  }

  /**
   * Resolves at the next sign of news, and keeps the process alive until then. To be called in the same turn in which
   * there was nothing new: an earlier sign is not remembered.
   */
  async wait(): Promise<void> {
    const hold = this.storage.options.clock.holdProcess();
    try {
      await new Promise<void>((resolve) => {
        this.resume = resolve;
      });
    } finally {
      this.resume = undefined;
      hold.cancel();
    }
  }

  stop(): void {
    const { storage, wake, fail } = this;
    storage.off('advance', wake).off('rebase', wake).off('close', wake).off('error', fail);
    this.signal?.removeEventListener('abort', wake);
  }
}
