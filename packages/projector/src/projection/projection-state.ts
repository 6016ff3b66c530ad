/**
 * The last saved state of a projection, for code that shows it. Any process may read it; that takes one file read per
 * part, and neither a projector nor an open store.
 */
import { type Position, readConsumerState, VarveError } from '@varve/core';
import { type LiveProjection, liveProjectionOf, readLiveProjection } from './live-projection.ts';
import { mergeStates } from './parts.ts';
import { consumerIdOf, type Merge, type ProjectionIdentity } from './projection.ts';
import { findStatePlace, type ProjectionStatePlace } from './state-place.ts';

/** A state and the position of the last event that it contains; the two were saved together. */
export interface ProjectionState<State> {
  /** The store position of the last event in the state; 0 when there is none. With several parts, the lowest one. */
  readonly position: Position;
  readonly state: State;
  /** The projection version of the state: while another one is being built, the previous one. */
  readonly version: number;
}

/**
 * The live state of the projection; its initial state, at position 0, when nothing was saved yet. While a changed
 * projection is being built, this is the state of the previous version, as `version` shows.
 *
 * Throws `STORE_MISSING`, `NOT_A_STORE`, `STORE_UNAVAILABLE`, `CONSUMER_STATE` when a file is damaged, `DIVERGED` when
 * it belongs to another store.
 */
export function readProjectionState<State>(
  projection: ProjectionIdentity & { readonly initialState: State; readonly merge?: Merge<State> },
  place: ProjectionStatePlace = {},
): ProjectionState<State> {
  const live = readLiveProjection(projection.name, findStatePlace(place)) ?? liveProjectionOf(projection);
  const saved = readParts<State>(live, place, projection.merge ?? 'union', projection.initialState);
  const { version } = live;
  return saved ?? { position: 0 as Position, state: structuredClone(projection.initialState), version };
}

/**
 * The live state by the projection's name, without its module; undefined when nothing was saved yet. Throws what
 * `readProjectionState` throws, and `PROJECTION_INVALID` when the projection has parts that only its module can merge.
 */
export function readLiveState<State>(name: string, place: ProjectionStatePlace): ProjectionState<State> | undefined {
  const live = readLiveProjection(name, findStatePlace(place));
  if (live === undefined) return undefined;
  if (live.merge !== 'function' || live.parts === 1) {
    return readParts<State>(live, place, live.merge === 'sum' ? 'sum' : 'union');
  }
  throw new VarveError('PROJECTION_INVALID', `Projection ${JSON.stringify(name)} merges its parts by a function.`, {
    hint: 'Read it with readProjectionState(projection, place), in a process that loads its module.',
  });
}

/** The states of all parts as one; undefined when no part has saved one. */
function readParts<State>(
  live: LiveProjection,
  place: ProjectionStatePlace,
  merge: Merge<State>,
  initialState?: State,
): ProjectionState<State> | undefined {
  const { stateDirectory, ...store } = place;
  const { stream, parts, version, name } = live;
  const states = Array.from({ length: parts }, (_, part) =>
    readConsumerState<State>({
      ...store,
      stream,
      consumerId: consumerIdOf(live, part),
      ...(stateDirectory === undefined ? {} : { consumerDirectory: stateDirectory }),
    }),
  );
  const saved = states.filter((state) => state !== undefined);
  if (saved.length === 0) return undefined;
  const position = saved.length < parts ? (0 as Position) : saved.reduce(leastFar).position;
  // A function may rely on receiving a state from each part.
  const all = states.map((state) => (state === undefined ? structuredClone(initialState) : state.state) as State);
  return { position, state: mergeStates(all, merge, name), version };
}

function leastFar<Part extends { readonly position: number }>(left: Part, right: Part): Part {
  return left.position <= right.position ? left : right;
}
