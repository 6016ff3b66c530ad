/**
 * Flights on each route. The routes are grouped by origin, so that a new state copies a few hundred entries rather than
 * all three thousand routes.
 */
import { defineProjection } from '@varve/projector';
import type { FlightEvents } from '../data/flight-event.ts';

/** The number of arrived flights, by origin, then by destination. */
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
