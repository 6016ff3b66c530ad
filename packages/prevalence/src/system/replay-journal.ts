/** Does again what a journal says, from a version on, and lets other work have its turn now and then. */
import type { ReadableEventStore } from '@varve/core';
import type { Replay, Replayed } from '../journal/replay.ts';

/** Events that are done again before other work of the process gets a turn. */
const eventsPerTurn = 4096;

/** How far a replay has come. */
export interface ReplayedTo {
  /** Events of the journal that are in the model. */
  readonly version: number;
  /** Position of the last of them; 0 when there is none. */
  readonly position: number;
  /** When that was executed, in microseconds since 1970; 0 when nothing was done again. */
  readonly timeUs: number;
}

/** Called after each event; `position` gives where it stands. */
export type ReplayListener = (replayed: Replayed, position: () => number) => void;

/** Throws what `Replay.apply` throws. */
export async function replayJournal(
  store: ReadableEventStore,
  stream: string,
  after: number,
  replay: Replay,
  listener: ReplayListener,
): Promise<ReplayedTo> {
  const upTo = store.getStreamVersion(stream);
  let version = after;
  let timeUs = 0;
  if (upTo <= after) return { version, position: 0, timeUs };
  const events = store.getEventStream<unknown>(stream, after + 1, upTo);
  const position = (): number => events.positionAt(version - after) ?? 0;
  const place = (): { stream: string; position: number } => ({ stream, position: position() });
  for (const payload of events) {
    const replayed = replay.apply(payload, place);
    listener(replayed, position);
    ({ timeUs } = replayed);
    version++;
    if (version % eventsPerTurn === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return { version, position: events.positionAt(events.length - 1) ?? 0, timeUs };
}
