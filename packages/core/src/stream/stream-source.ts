/**
 * Where the events of a stream are: the positions of a write stream, of all events, or of several streams joined. A
 * source grows with its store; a reader says up to which position it reads, and always gets the same answer.
 */
import { ConsecutivePositions, noPositions, type PositionSequence } from '../storage/position-sequence.ts';
import type { NamedEntry } from '../storage/readable-catalog.ts';
import type { ReadableStorage } from '../storage/readable-storage.ts';

/** The name of the stream of all events, in global order. */
export const allStream = '_all';

export interface StreamSource {
  /** Whether its events may belong to other streams as well. */
  readonly sharesEvents: boolean;
  /**
   * Id of the stream, where the source is a single one; 0 while there is none. A derived stream that is created, also
   * one that is created again under its name, begins with events that existed before it.
   */
  readonly streamId?: number | string;
  /** Whether the catalog has the stream although it cannot be read here yet, as in a copy that is still being made. */
  readonly isAwaited?: boolean;
  /** Number of its events at or before `position`. */
  versionAt(position: number): number;
  /** Positions of the events with versions `from..to`, both included; all of them are there at `limit`. */
  positions(from: number, to: number, limit: number): PositionSequence;
  /** Positions of its events after `after`, up to `limit`. */
  between(after: number, limit: number): PositionSequence;
}

/** The source of the stream with this name, whether it has events yet or not. */
export function sourceNamed(storage: ReadableStorage, name: string): StreamSource {
  if (name === allStream) return allEvents;
  let entry: NamedEntry | undefined;
  return new IndexedSource(storage, () => (entry ??= storage.streamNamed(name)));
}

const allEvents: StreamSource = {
  sharesEvents: true,
  versionAt: (position) => position,
  positions: (from, to) => new ConsecutivePositions(from, to),
  between: (after, limit) => new ConsecutivePositions(after + 1, limit),
};

/** What the catalog holds of a stream; a derived one has a definition of what belongs to it. */
type IndexedStream = Pick<NamedEntry, 'id'> & { readonly definition?: unknown };

/** A stream of the catalog. */
export class IndexedSource implements StreamSource {
  private readonly storage: ReadableStorage;
  private readonly find: () => IndexedStream | undefined;
  private readonly awaits: () => boolean;

  /** `find` returns the stream once it can be read; `awaits` says whether the catalog has it before that. */
  constructor(storage: ReadableStorage, find: () => IndexedStream | undefined, awaits = (): boolean => false) {
    this.storage = storage;
    this.find = find;
    this.awaits = awaits;
  }

  get isAwaited(): boolean {
    return this.awaits();
  }

  get sharesEvents(): boolean {
    return this.find()?.definition !== undefined;
  }

  get streamId(): number {
    return this.find()?.id ?? 0;
  }

  versionAt(position: number): number {
    const stream = this.find();
    return stream === undefined ? 0 : this.storage.streamVersionAt(stream.id, position);
  }

  positions(from: number, to: number): PositionSequence {
    const stream = this.find();
    return stream === undefined || to < from ? noPositions : this.storage.streamPositions(stream.id, from, to);
  }

  between(after: number, limit: number): PositionSequence {
    const last = this.versionAt(limit);
    return last === 0 ? noPositions : this.positions(this.versionAt(after) + 1, last);
  }
}
