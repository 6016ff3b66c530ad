/** Whether what a reader of the copy shows is what the writer committed: all events up to its position, in each stream. */
import type { ReadOnlyEventStore } from '@varve/core';
import { type CountedEvent, eventAt, streamNames, streamOf, versionOf } from './counted-events.ts';

/** Checks the events after position `after`, and the length of every stream; returns the position. Throws at the first difference. */
export function checkCopy(copy: ReadOnlyEventStore, after: number): number {
  const { position } = copy;
  if (position < after) throw new Error(`The reader went back from position ${after} to ${position}`);
  let next = after;
  for (const { stream, payload } of copy.getAllEvents<CountedEvent>(after + 1).stored()) {
    next++;
    const expected = eventAt(next);
    const isSame = stream === streamOf(next) && payload.number === expected.number && payload.text === expected.text;
    if (!isSame) throw new Error(`Position ${next} holds event ${payload.number} of ${stream}`);
  }
  if (next !== position) throw new Error(`The events end at ${next}, the reader at ${position}`);
  for (const name of streamNames) {
    const expected = versionOf(name, position);
    const stream = copy.getEventStream<CountedEvent>(name);
    if (stream.version !== expected) throw new Error(`${name} has ${stream.version} of ${expected} events`);
    if (expected === 0) continue;
    const [last] = stream.last(1).events;
    if (streamOf(last!.number) !== name) throw new Error(`${name} ends with event ${last!.number}`);
  }
  return position;
}
