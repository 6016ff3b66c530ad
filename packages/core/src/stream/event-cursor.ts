/**
 * Walks over the events of a sequence of positions, one at a time, and stops at those that a predicate accepts. One
 * cursor serves one reader. An event that a later writer put at a position is never treated as the one that was there
 * when the stream was obtained: that is an error.
 */
import { DivergedError } from '../errors.ts';
import { EventReader } from '../storage/event-reader.ts';
import { EventsAhead } from '../storage/events-ahead.ts';
import { forReader, type PositionSequence } from '../storage/position-sequence.ts';
import type { ReadableStorage } from '../storage/readable-storage.ts';
import type { EventPredicate } from './event-predicate.ts';

/** Events that are examined before other work of the process gets a turn. */
export const eventsPerTurn = 256;

/** What a cursor walks over. `epoch` is that of the storage when the positions were obtained. */
export interface EventSelection {
  readonly storage: ReadableStorage;
  readonly positions: PositionSequence;
  readonly predicate: EventPredicate | undefined;
  readonly epoch: number;
}

export class EventCursor {
  readonly reader: EventReader;
  private readonly ahead: EventsAhead;
  /** Number of positions to walk over. */
  private readonly length: number;
  private readonly predicate: EventPredicate | undefined;
  private readonly storage: ReadableStorage;
  private readonly epoch: number;
  /** Index of the next position. */
  private next = 0;
  private current = 0;

  constructor({ storage, positions, predicate, epoch }: EventSelection) {
    storage.assertOpen();
    this.storage = storage;
    this.reader = new EventReader(storage);
    this.ahead = new EventsAhead(storage, forReader(positions));
    this.length = positions.length;
    this.predicate = predicate;
    this.epoch = epoch;
  }

  /** Position of the current event; after the end, of the last one that was examined; 0 when there was none. */
  get position(): number {
    return this.current;
  }

  /** Moves to the next event that the predicate accepts; false at the end. */
  advance(): boolean {
    return this.tryAdvance(Infinity) === 'event';
  }

  /** The same, but pauses after `most` events that were not accepted: 'pause' says that there may be more. */
  tryAdvance(most: number): 'event' | 'end' | 'pause' {
    const { length, predicate, reader } = this;
    for (let tried = 0; this.next < length; tried++) {
      if (tried === most) return 'pause';
      this.storage.assertOpen();
      this.seek(this.ahead.moveTo(this.next++));
      if (predicate === undefined || predicate(reader.payload(), reader.metadata())) return 'event';
    }
    return 'end';
  }

  private seek(position: number): void {
    const { reader, storage } = this;
    this.current = position;
    // When the store was cut back, its lists of positions were as well.
    if (!(position <= storage.visiblePosition)) throw obtainedBeforeLoss(storage.directory, position);
    reader.seek(position, this.ahead);
    if (reader.frame.epoch > this.epoch) throw obtainedBeforeLoss(storage.directory, position);
  }
}

export function obtainedBeforeLoss(directory: string, position: number): DivergedError {
  return new DivergedError(
    `A stream of ${directory} was obtained before the store was cut back: its event at position ${position} is gone.`,
    { path: directory, position, hint: 'Obtain the stream anew.' },
  );
}
