/**
 * Flights on each route. The routes are kept by origin: a new state then copies a few hundred entries rather than all
 * of the three thousand routes.
 */
import { defineProjection } from '@varve/projector';
import type { FlightEvents } from '../data/flight-event.ts';

/** By origin, then by destination: flights that have arrived. */
export type BusiestRoutesState = Readonly<Record<string, Readonly<Record<string, number>>>>;

export const projection = defineProjection<BusiestRoutesState, FlightEvents>({
  name: 'busiest-routes',
  stream: '_all',
  initialState: {},
  on: {
    FlightArrived: (state, { origin, destination }) => {
      const fromOrigin = state[origin] ?? {};
      return { ...state, [origin]: { ...fromOrigin, [destination]: (fromOrigin[destination] ?? 0) + 1 } };
    },
  },
});
