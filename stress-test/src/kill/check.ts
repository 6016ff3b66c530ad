/**
 * Compares a recovered store with what its writer noted: nothing that was flushed is missing, what is missing is within the
 * bound, and what is there is, event by event, what was committed, with no partial commit.
 */
import { isDeepStrictEqual } from 'node:util';
import type { EventStore } from '@varve/writer';
import type { Progress } from './progress-file.ts';
import { eventNumbered, maxCommitEvents, type StressEvent, streamNames, writeBufferBytes } from './settings.ts';

export interface Outcome {
  readonly recovered: number;
  readonly lost: number;
  /** The most events that a kill may cost: those in the buffer, and the commit under way. */
  readonly bound: number;
  readonly problems: readonly string[];
}

/** `eventBytes` is the average size of an event on disk. */
export function check(store: EventStore, progress: Progress, eventBytes: number, seed: number): Outcome {
  const outcome = checkLoss(store.position, progress, eventBytes);
  return { ...outcome, problems: [...storeProblems(store, seed), ...outcome.problems] };
}

/** Whether no more is missing than may be. */
export function checkLoss(recovered: number, { attempted, flushed }: Progress, eventBytes: number): Outcome {
  const problems: string[] = [];
  const lost = attempted - recovered;
  const bound = Math.ceil(writeBufferBytes / eventBytes) + maxCommitEvents;
  if (recovered < flushed) problems.push(`${flushed} events were flushed, ${recovered} are there.`);
  if (lost > bound) problems.push(`${lost} events are lost, at most ${bound} may be.`);
  if (lost < 0) problems.push(`${recovered} events are there, only ${attempted} were attempted.`);
  return { recovered, lost, bound, problems };
}

/** Whether each event is what must have been committed, no commit is partial, and all streams are whole. */
export function storeProblems(store: EventStore, seed: number): string[] {
  return [...contentProblems(store, seed), ...streamProblems(store)];
}

function contentProblems(store: EventStore, seed: number): string[] {
  let number = 0;
  let commitEnd = 0;
  for (const event of store.getEventStream<StressEvent>('_all')) {
    number++;
    if (number > commitEnd) commitEnd = event.commitEnd;
    if (!isDeepStrictEqual(event, eventNumbered(number, commitEnd, seed))) {
      return [`Event ${number} is ${JSON.stringify(event)}, which is not what was committed.`];
    }
  }
  if (number !== store.position) return [`${store.position} events were promised, ${number} could be read.`];
  return number === commitEnd ? [] : [`The last commit ends at event ${commitEnd}, but the store at ${number}.`];
}

function streamProblems(store: EventStore): string[] {
  const problems: string[] = [];
  let sum = 0;
  for (const name of streamNames) {
    const numbers = store.getEventStream<StressEvent>(name).events.map((event) => event.number);
    sum += numbers.length;
    const version = Math.max(0, store.getStreamVersion(name));
    if (numbers.length !== version) problems.push(`${name} has version ${version} and ${numbers.length} events.`);
    if (numbers.some((number, index) => index > 0 && number <= numbers[index - 1]!)) {
      problems.push(`${name} is out of order.`);
    }
  }
  if (sum !== store.position) problems.push(`The streams have ${sum} events together, the store ${store.position}.`);
  return problems;
}
