/**
 * Several streams as one, in global order. The version of an event in a join is its number in that order. It never
 * changes, because whatever is added to any of the streams, or to new ones, comes after everything that is there.
 */
import { mergePositions } from '../storage/merged-positions.ts';
import { type PositionSequence, SlicedPositions } from '../storage/position-sequence.ts';
import type { ReadableStorage } from '../storage/readable-storage.ts';
import { IndexedSource, sourceNamed, type StreamSource } from './stream-source.ts';

/** The join of the streams with these names; one that is named twice counts once. */
export function sourceOfStreams(storage: ReadableStorage, names: readonly string[]): StreamSource {
  return joinOf([...new Set(names)].map((name) => sourceNamed(storage, name)));
}

/** The join of these sources, no two of which may be the same. */
export function joinOf(parts: readonly StreamSource[]): StreamSource {
  return new FixedJoin(() => parts);
}

/** The join of all streams of a category, including those that are created later. */
export function sourceOfCategory(storage: ReadableStorage, category: string): StreamSource {
  const parts: StreamSource[] = [];
  return new JoinedSource(() => {
    const ids = storage.categoryStreamIds(category);
    for (const id of ids.slice(parts.length)) parts.push(new IndexedSource(storage, () => ({ id })));
    return parts;
  });
}

class JoinedSource implements StreamSource {
  readonly sharesEvents = true;
  protected readonly currentParts: () => readonly StreamSource[];

  /** `currentParts` returns the joined streams; later calls may return more of them. */
  constructor(currentParts: () => readonly StreamSource[]) {
    this.currentParts = currentParts;
  }

  versionAt(position: number): number {
    const parts = this.currentParts();
    if (!areDisjoint(parts)) return this.between(0, position).length;
    return parts.reduce((sum, part) => sum + part.versionAt(position), 0);
  }

  positions(from: number, to: number, limit: number): PositionSequence {
    const all = this.between(0, limit);
    return from === 1 && to === all.length ? all : new SlicedPositions(all, from - 1, to - from + 1);
  }

  between(after: number, limit: number): PositionSequence {
    const parts = this.currentParts();
    const sequences = parts.map((part) => part.between(after, limit));
    return mergePositions(sequences, areDisjoint(parts));
  }
}

/** A join of named streams. Any of them may be a derived stream, which begins with events that are older than itself. */
class FixedJoin extends JoinedSource {
  get streamId(): number | string {
    const ids = this.currentParts().map(({ streamId = '' }) => streamId);
    return ids.every((id) => id === 0) ? 0 : ids.join();
  }

  get isAwaited(): boolean {
    return this.currentParts().some((part) => part.isAwaited === true);
  }
}

/** Write streams have no event in common; any other kind of stream may share events with any stream. */
function areDisjoint(parts: readonly StreamSource[]): boolean {
  return parts.length < 2 || parts.every((part) => !part.sharesEvents);
}
