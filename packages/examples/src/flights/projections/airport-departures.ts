/**
 * Departures and delay of each airport. The state holds sums and counts, which are exact; the mean is computed where it
 * is shown.
 */
import { defineProjection } from '@varve/projector';
import type { FlightEvents } from '../data/flight-event.ts';

export interface AirportDepartures {
  readonly departures: number;
  /** The sum of the delays in minutes; a flight that left early counts as negative. */
  readonly delayMinutes: number;
}

/** By airport. */
export type AirportDeparturesState = Readonly<Record<string, AirportDepartures>>;

const none: AirportDepartures = { departures: 0, delayMinutes: 0 };

export const projection = defineProjection<AirportDeparturesState, FlightEvents>({
  name: 'airport-departures',
  stream: '_all',
  initialState: {},
  on: {
    FlightDeparted: (state, { origin, delay }) => {
      const { departures, delayMinutes } = state[origin] ?? none;
      return { ...state, [origin]: { departures: departures + 1, delayMinutes: delayMinutes + delay } };
    },
  },
});
