/** What a store must hold, as plain lists, and the comparison of a store with them. */
import { type ReadOnlyEventStore, VarveError } from '@varve/core';
import type { EventStore } from '../../src/index.ts';

/** The part of a commit that goes to one stream. */
export interface ModelPart {
  readonly stream: string;
  readonly events: readonly object[];
}

/** A commit as a test made it. */
export interface ModelCommit extends ModelPart {
  readonly metadata?: object;
  /** The parts of the same commit that go to further streams. */
  readonly alsoTo?: readonly ModelPart[];
}

/** An event as it must be found. */
interface ModelEvent {
  readonly stream: string;
  readonly payload: object;
  /** Number of its commit, from 1, when it is the last one in it. */
  readonly completes: number | undefined;
  /** Everything that is compared, as text. */
  readonly facts: string;
  /** Names of the metadata that were given to its commit. */
  readonly given: readonly string[];
}

/**
 * How many of `commits` the store holds: throws unless it holds exactly the first of them, in order, each whole, with positions
 * and versions without gaps. What was dropped counts as held.
 */
export function commitsFound(store: EventStore | ReadOnlyEventStore, commits: readonly ModelCommit[]): number {
  const { count, fault } = commitsShown(store, commits);
  if (fault !== undefined) throw fault;
  return count;
}

/**
 * The same, but reading may end with a `CORRUPTION` that names its file: `fault`, and `count` says how many commits were shown
 * in whole before it.
 */
export function commitsShown(
  store: EventStore | ReadOnlyEventStore,
  commits: readonly ModelCommit[],
): { readonly count: number; readonly fault: VarveError | undefined } {
  const events = eventsOf(commits);
  const first = store.firstPosition;
  let position = first - 1;
  try {
    for (const { stream, payload, metadata } of store.getAllEvents(first).stored()) {
      const expected = events[position];
      if (expected === undefined) {
        throw new Error(`There is an event behind commit ${commits.length}: ${JSON.stringify(payload)}`);
      }
      const given = Object.fromEntries(expected.given.map((name) => [name, metadata[name]]));
      const { position: at, streamVersion, commitVersion, commitSize } = metadata;
      const facts = JSON.stringify([stream, payload, given, at, streamVersion, commitVersion, commitSize]);
      if (facts !== expected.facts) throw new Error(`Found ${facts} where ${expected.facts} should be`);
      position++;
    }
    const last = events[position - 1];
    if (last !== undefined && last.completes === undefined) {
      throw new Error(`A commit is there in part: up to ${last.facts}`);
    }
    assertStreamsAre(store, events, first, position);
    return { count: last?.completes ?? 0, fault: undefined };
  } catch (error) {
    if (!isFaultInFile(error)) throw error;
    const whole = events.slice(0, position).findLast(({ completes }) => completes !== undefined);
    return { count: whole?.completes ?? 0, fault: error };
  }
}

/** An error that says which file is damaged. */
export function isFaultInFile(error: unknown): error is VarveError {
  return error instanceof VarveError && error.code === 'CORRUPTION' && error.path !== undefined;
}

/** The events of the commits, in order. */
export function eventsOf(commits: readonly ModelCommit[]): readonly ModelEvent[] {
  let found = known.get(commits);
  // Commits may be added to a list, but the list is never changed otherwise.
  if (found?.count !== commits.length) {
    found = { count: commits.length, events: flatten(commits) };
    known.set(commits, found);
  }
  return found.events;
}

/** Kept because a run is checked thousands of times. */
const known = new WeakMap<readonly ModelCommit[], { readonly count: number; readonly events: readonly ModelEvent[] }>();

function flatten(commits: readonly ModelCommit[]): ModelEvent[] {
  const flat: ModelEvent[] = [];
  const versions = new Map<string, number>();
  for (const [number, { stream, events, metadata = {}, alsoTo = [] }] of commits.entries()) {
    const parts = [{ stream, events }, ...alsoTo];
    const size = parts.reduce((sum, part) => sum + part.events.length, 0);
    let inCommit = 0;
    for (const part of parts) {
      for (const payload of part.events) {
        const version = (versions.get(part.stream) ?? 0) + 1;
        versions.set(part.stream, version);
        const facts = [part.stream, payload, metadata, flat.length + 1, version, inCommit++, size];
        flat.push({
          stream: part.stream,
          payload,
          completes: inCommit === size ? number + 1 : undefined,
          facts: JSON.stringify(facts),
          given: Object.keys(metadata),
        });
      }
    }
  }
  return flat;
}

/** The index of each stream leads to its events, and to no others. */
function assertStreamsAre(
  store: EventStore | ReadOnlyEventStore,
  events: readonly ModelEvent[],
  first: number,
  last: number,
): void {
  const positionsOf = new Map<string, number[]>();
  const versionOf = new Map<string, number>();
  for (let position = 1; position <= last; position++) {
    const { stream } = events[position - 1]!;
    versionOf.set(stream, (versionOf.get(stream) ?? 0) + 1);
    let positions = positionsOf.get(stream);
    if (positions === undefined) positionsOf.set(stream, (positions = []));
    if (position >= first) positions.push(position);
  }
  for (const [name, positions] of positionsOf) {
    const stream = first === 1 ? store.getEventStream(name) : store.getEventStream(name).fromPosition(first);
    const found = Array.from({ length: stream.length }, (_, index) => stream.positionAt(index));
    if (found.join() === positions.join() && store.getStreamVersion(name) === versionOf.get(name)) continue;
    throw new Error(`Stream ${name} has the positions ${found.join()}, not ${positions.join()}`);
  }
}
