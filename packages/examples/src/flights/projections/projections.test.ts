/** The projections as pure functions: their result for the planned events equals that of the plain loop for the flights. */
import type { EventMetadata } from '@varve/core';
import type { Projection } from '@varve/projector';
import { describe, expect, it } from 'vitest';
import { CommitPlan } from '../data/commit-plan.ts';
import { readFlights } from '../data/flight.ts';
import type { FlightEvents } from '../data/flight-event.ts';
import { loopOver } from '../results/plain-loop.ts';
import { projection as airportDepartures } from './airport-departures.ts';
import { projection as busiestRoutes } from './busiest-routes.ts';
import { flightProjections } from './flight-projections.ts';
import { projection as flightsPerDay } from './flights-per-day.ts';

const flights = readFlights(3000);
const plain = loopOver(flights);

function fold<State>(projection: Projection<State, FlightEvents>): State {
  const plan = new CommitPlan(flights);
  let state = projection.initialState;
  for (let position = 1; position <= plan.length; position++) {
    const { event } = plan.at(position);
    const evolve = projection.on[event.type] as
      ((state: State, event: unknown, metadata: EventMetadata) => State) | undefined;
    if (evolve !== undefined) state = evolve(Object.freeze(state), event, {} as EventMetadata);
  }
  return state;
}

describe('the projections', () => {
  it('count departures and delays as the plain loop does', () => {
    expect(fold(airportDepartures)).toEqual(plain.airportDepartures);
  });

  it('count the flights of routes as the plain loop does', () => {
    expect(fold(busiestRoutes)).toEqual(plain.busiestRoutes);
  });

  it('count flights and miles of days as the plain loop does', () => {
    expect(fold(flightsPerDay)).toEqual(plain.flightsPerDay);
  });

  it('are known by the names that they have in their modules', async () => {
    for (const { name, module } of flightProjections) {
      const exported = (await import(module.href)) as { readonly projection: Projection };
      expect(exported.projection.name).toBe(name);
    }
  });
});
