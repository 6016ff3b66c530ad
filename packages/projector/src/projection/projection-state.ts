/**
 * The state of a projection as it was saved last, for whoever shows it. Any process may ask; it takes one file read,
 * and neither a projector nor an open store.
 */
import { type ConsumerState, type Position, readConsumerState } from '@varve/core';
import { consumerIdOf, type ProjectionIdentity } from './projection.ts';

/** Where the states of a store's projections are. */
export interface ProjectionStatePlace {
  /** The directory that holds the store's folder. @default './data' */
  readonly storageDirectory?: string;
  /** The store's name. @default 'eventstore' */
  readonly store?: string;
  /** Folder of the projections' saved states. @default the folder `consumers` of the store */
  readonly stateDirectory?: string;
}

/** A state and the position of the last event that it contains: the two were saved together. */
export type ProjectionState<State> = ConsumerState<State>;

/**
 * The state that the projection saved last; its initial state, at position 0, when it has not saved any.
 *
 * Throws `STORE_MISSING`, `NOT_A_STORE`, `STORE_UNAVAILABLE`, `CONSUMER_STATE` when the file is damaged, `DIVERGED`
 * when it belongs to another store.
 */
export function readProjectionState<State>(
  projection: ProjectionIdentity & { readonly initialState: State },
  place: ProjectionStatePlace = {},
): ProjectionState<State> {
  const saved = readSavedState<State>(projection, place);
  return saved ?? { position: 0 as Position, state: structuredClone(projection.initialState) };
}

/** The same without a projection's module: undefined when nothing was saved. */
export function readSavedState<State>(
  projection: ProjectionIdentity,
  place: ProjectionStatePlace,
): ProjectionState<State> | undefined {
  const { stateDirectory, ...store } = place;
  return readConsumerState<State>({
    ...store,
    stream: projection.stream,
    consumerId: consumerIdOf(projection),
    ...(stateDirectory === undefined ? {} : { consumerDirectory: stateDirectory }),
  });
}
