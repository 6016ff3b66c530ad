/**
 * Departures and delay of each airport. The state has sums and counts, which are exact; the mean is computed where it
 * is shown.
 */
import { defineProjection } from '@varve/projector';
import type { FlightEvents } from '../data/flight-event.ts';

export interface AirportDepartures {
  readonly departures: number;
  /** Sum of the delays in minutes; a flight that left early counts negative. */
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
