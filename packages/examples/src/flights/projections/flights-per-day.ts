/** Flights of each day, and the distance they flew. It handles both events of a flight, so a missing half would show. */
import { defineProjection } from '@varve/projector';
import type { FlightEvents } from '../data/flight-event.ts';

export interface FlightDay {
  /** Flights that have departed. */
  readonly flights: number;
  /** The distance of the flights that have arrived. */
  readonly miles: number;
}

/** By day, such as `2001/01/31`. */
export type FlightsPerDayState = Readonly<Record<string, FlightDay>>;

const none: FlightDay = { flights: 0, miles: 0 };

export const projection = defineProjection<FlightsPerDayState, FlightEvents>({
  name: 'flights-per-day',
  stream: '_all',
  initialState: {},
  on: {
    FlightDeparted: (state, { date }) => {
      const day = state[dayOf(date)] ?? none;
      return { ...state, [dayOf(date)]: { ...day, flights: day.flights + 1 } };
    },
    FlightArrived: (state, { date, distance }) => {
      const day = state[dayOf(date)] ?? none;
      return { ...state, [dayOf(date)]: { ...day, miles: day.miles + distance } };
    },
  },
});

function dayOf(date: string): string {
  return date.slice(0, 10);
}
