/**
 * Turns a projection into a fold over the events of its consumer: finds the function for the type of each event, and
 * sets the state that it returns. What the function throws is told with the event that it was about.
 */
import type { Consumer, EventMetadata } from '@varve/core';
import { partOf } from '../projection/parts.ts';
import type { Evolve, Projection } from '../projection/projection.ts';
import { EvolveError } from '../protocol/error-report.ts';

/** Throws an `EvolveError`, with the state as it was. */
export type Fold = (event: unknown, metadata: EventMetadata) => void;

/** `part`: the events of other parts of the projection are passed over. */
export function foldOf(projection: Projection, consumer: Pick<Consumer, 'state' | 'setState'>, part = 0): Fold {
  const { parts, partitionBy } = projection;
  // A map, so that a type named like a property of every object (`constructor`) finds nothing.
  const functions = new Map<string, Evolve<unknown, unknown> | undefined>(Object.entries(projection.on));
  return (event, metadata) => {
    let type: string | undefined;
    try {
      type = projection.eventType(event, metadata);
      const evolve = type === undefined ? undefined : functions.get(type);
      if (evolve === undefined) return;
      if (parts > 1 && partOf(partitionBy(event, metadata), parts) !== part) return;
      consumer.setState(checkedState(evolve(consumer.state, event, metadata)));
    } catch (error) {
      throw new EvolveError(metadata.position, type, error);
    }
  };
}

/** The two mistakes that would be saved as a state otherwise: a forgotten `return`, and a function that is `async`. */
function checkedState(state: unknown): unknown {
  if (state === undefined) throw new TypeError('it returned nothing; it must return the next state');
  if (typeof state === 'function') throw new TypeError('it returned a function; it must return the next state');
  if (state instanceof Promise) {
    // What it rejects with is not of interest: the promise itself is the mistake.
    state.catch(() => undefined);
    throw new TypeError('it returned a promise; it must return the next state, without waiting');
  }
  return state;
}
