/** The events of a query as a stream: fixed where it was obtained, or followed as more of them come. */
import { type PositionSequence, SlicedPositions } from '../storage/position-sequence.ts';
import type { ReadableStorage } from '../storage/readable-storage.ts';
import type { StreamSource } from '../stream/stream-source.ts';
import type { EventQuery } from './event-query.ts';
import { queryPositions } from './query-positions.ts';

/** The events of the query after the position `after`. Throws `NOT_INDEXED` when it is read. */
export function sourceOfQuery(storage: ReadableStorage, query: EventQuery, after: number): StreamSource {
  // Cached, because the limit stays the same as long as the stream is not followed; computed again when the store was cut
  // back.
  let known: { readonly limit: number; readonly rebases: number; readonly positions: PositionSequence } | undefined;
  const upTo = (limit: number): PositionSequence => {
    const { rebases } = storage;
    if (known?.limit !== limit || known.rebases !== rebases) {
      known = { limit, rebases, positions: queryPositions(storage, query, { after, last: limit }) };
    }
    return known.positions;
  };
  return {
    sharesEvents: true,
    versionAt: (position) => upTo(position).length,
    positions: (from, to, limit) => new SlicedPositions(upTo(limit), from - 1, to - from + 1),
    between: (start, limit) => queryPositions(storage, query, { after: Math.max(after, start), last: limit }),
  };
}
