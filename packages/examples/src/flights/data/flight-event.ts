/** The events of the example. Each flight produces two, in the streams of two airports. */
import type { Flight } from './flight.ts';

interface FlightDetails extends Flight {
  /** The number of the flight in order of date, from 1. */
  readonly flight: number;
}

export interface FlightDeparted extends FlightDetails {
  readonly type: 'FlightDeparted';
}

export interface FlightArrived extends FlightDetails {
  readonly type: 'FlightArrived';
}

export type FlightEvent = FlightDeparted | FlightArrived;

/** The same events by the names of their types, as projections need them. */
export interface FlightEvents {
  readonly FlightDeparted: FlightDeparted;
  readonly FlightArrived: FlightArrived;
}

/** The stream of an airport. */
export function airportStream(airport: string): string {
  return `airport-${airport}`;
}
