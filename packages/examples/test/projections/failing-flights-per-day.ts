/** A projection that always fails at one flight, for the test that the job then ends and says why. */
import { defineProjection } from '@varve/projector';
import type { FlightEvents } from '../../src/flights/data/flight-event.ts';
import { type FlightsPerDayState, projection as original } from '../../src/flights/projections/flights-per-day.ts';

/** The number of the flight. */
const unbearable = 17;

export const projection = defineProjection<FlightsPerDayState, FlightEvents>({
  ...original,
  on: {
    FlightArrived: (state, { flight }) => {
      if (flight === unbearable) throw new Error(`Flight ${flight} is more than this projection can take.`);
      return state;
    },
  },
});
