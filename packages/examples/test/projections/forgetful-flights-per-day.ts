/** A projection with a mistake, for the test that the job finds it: it omits the distance of one flight. */
import { defineProjection } from '@varve/projector';
import type { FlightEvents } from '../../src/flights/data/flight-event.ts';
import { type FlightsPerDayState, projection as original } from '../../src/flights/projections/flights-per-day.ts';

/** The number of the flight. */
const forgotten = 17;

export const projection = defineProjection<FlightsPerDayState, FlightEvents>({
  ...original,
  on: {
    ...original.on,
    FlightArrived: (state, event, metadata) => {
      const next = original.on.FlightArrived?.(state, event, metadata) ?? state;
      return event.flight === forgotten ? state : next;
    },
  },
});
