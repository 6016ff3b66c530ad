/**
 * What a projection reads, as a worker needs to know it to tell how far behind it is: how many events there are, and
 * which of them it begins after.
 */
import type { ConsumedSource, ReadOnlyEventStore } from '@varve/core';
import { sourceOf as streamSourceOf } from '@varve/core/internal';

export interface ProjectionSource {
  /** Events that can be read now. */
  length(): number;
  /** Number of events up to `position`; undefined when it cannot be told here yet, because a copy is behind. */
  versionAt(position: number): number | undefined;
}

export function sourceOf(stream: ConsumedSource, { storage }: ReadOnlyEventStore): ProjectionSource {
  const source = streamSourceOf(storage, stream);
  // Of joins and queries, each event is counted once, when it has come, and not again with each report: unless the store was
  // cut back since, and may have others there.
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
