/**
 * Turns a projection into a fold over the events of its consumer: upcasts each event to the current version of its
 * type, finds the function for that type, and sets the state that it returns. An error of any of the projection's
 * functions is reported with its event. So are errors of its upcasters: the store would call these before any attempt
 * at the event.
 */
import { type Consumer, type EventMetadata, UpcastError } from '@varve/core';
import { UpcasterChains } from '@varve/core/internal';
import { partOf } from '../projection/parts.ts';
import type { Evolve, Projection } from '../projection/projection.ts';
import { type CalledFunction, EvolveError } from '../protocol/error-report.ts';

/** `event` is as it was committed. Throws an `EvolveError`, with the state as it was. */
export type Fold = (event: unknown, metadata: EventMetadata) => void;

/** `part`: events of the projection's other parts are skipped. */
export function foldOf(projection: Projection, consumer: Pick<Consumer, 'state' | 'setState'>, part = 0): Fold {
  const { parts, partitionBy } = projection;
  // A map, so that a type named like a property of every object (`constructor`) finds nothing.
  const functions = new Map<string, Evolve<unknown, unknown> | undefined>(Object.entries(projection.on));
  const upcasters = UpcasterChains.of(projection.upcasters);
  return (committed, metadata) => {
    let type: string | undefined;
    let called: CalledFunction = 'eventType';
    try {
      const isOlder = upcasters?.concerns(committed) === true;
      const event = isOlder ? upcasters.apply(committed as object, metadata) : committed;
      type = projection.eventType(event, metadata);
      const evolve = type === undefined ? undefined : functions.get(type);
      if (evolve === undefined) return;
      called = 'partitionBy';
      if (parts > 1 && partOf(partitionBy(event, metadata), parts) !== part) return;
      called = 'on';
      consumer.setState(checkedState(evolve(consumer.state, event, metadata)));
    } catch (error) {
      const eventType = error instanceof UpcastError ? error.place.type : type;
      throw new EvolveError(metadata.position, eventType, called, error);
    }
  };
}

/** Rejects mistakes that would otherwise be saved as a state: a forgotten `return`, a returned function, an `async` function. */
function checkedState(state: unknown): unknown {
  if (state === undefined) throw new TypeError('it returned nothing; it must return the next state');
  if (typeof state === 'function') throw new TypeError('it returned a function; it must return the next state');
  if (state instanceof Promise) {
    // Its rejection does not matter: the promise itself is the mistake.
    state.catch(() => undefined);
    throw new TypeError('it returned a promise; it must return the next state, without waiting');
  }
  return state;
}
