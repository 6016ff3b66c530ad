/**
 * What a projection reads, as a worker needs to know it to tell how far behind it is: how many events there are, and
 * which of them an event is. A stream, or all events.
 */
import { allStream, type EventMetadata, type ReadableEventStore } from '@varve/core';

export interface ProjectionSource {
  /** Events that can be read now. */
  length(): number;
  /** Number of the event in the source, from 1. */
  versionOf(metadata: EventMetadata): number;
  /** Number of the event at `position`, which belongs to the source; undefined when it cannot be read here yet. */
  versionAt(position: number): number | undefined;
}

export function sourceOf(stream: string, store: ReadableEventStore): ProjectionSource {
  const isAll = stream === allStream;
  const versionOf = (metadata: EventMetadata): number => (isAll ? metadata.position : metadata.streamVersion);
  return {
    versionOf,
    length: () => store.getStreamVersion(stream),
    versionAt(position) {
      if (position === 0 || isAll) return position;
      return position > store.position ? undefined : versionOf(store.readEvent(position).metadata);
    },
  };
}
