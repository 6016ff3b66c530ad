/**
 * What a worker must know of a projection's events to determine how far behind it is: how many there are, and after
 * which of them it begins.
 */
import type { ConsumedSource, ReadOnlyEventStore } from '@varve/core';
import { sourceOf as streamSourceOf } from '@varve/core/internal';

export interface ProjectionSource {
  /** The number of events that can be read now. */
  length(): number;
  /** The number of events up to `position`; undefined when that is not known here yet, because a copy is behind. */
  versionAt(position: number): number | undefined;
}

export function countedSourceOf(stream: ConsumedSource, { storage }: ReadOnlyEventStore): ProjectionSource {
  const source = streamSourceOf(storage, stream);
  // For joins and queries, each event is counted once, when it arrives, and not again for each report; after the store
  // was cut back, the count starts again, because other events may have those positions.
  let counted = 0;
  let countedUpTo = 0;
  let countedRebases = storage.rebases;
  return {
    length() {
      const published = storage.publishedPosition;
      if (typeof stream === 'string' || 'category' in stream) return source.versionAt(published);
      if (countedRebases !== storage.rebases) counted = countedUpTo = 0;
      countedRebases = storage.rebases;
      if (published > countedUpTo) counted += source.between(countedUpTo, published).length;
      countedUpTo = published;
      return counted;
    },
    versionAt: (position) => (position > storage.publishedPosition ? undefined : source.versionAt(position)),
  };
}
