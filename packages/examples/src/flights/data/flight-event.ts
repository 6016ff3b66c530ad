/** The events of the example. Each flight makes two, in the streams of two airports. */
import type { Flight } from './flight.ts';

interface FlightDetails extends Flight {
  /** Number of the flight in order of date, from 1. */
  readonly flight: number;
}

export interface FlightDeparted extends FlightDetails {
  readonly type: 'FlightDeparted';
}

export interface FlightArrived extends FlightDetails {
  readonly type: 'FlightArrived';
}

export type FlightEvent = FlightDeparted | FlightArrived;

/** The same by the names of their types, as projections want them. */
export interface FlightEvents {
  readonly FlightDeparted: FlightDeparted;
  readonly FlightArrived: FlightArrived;
}

/** The stream of an airport. */
export function airportStream(airport: string): string {
  return `airport-${airport}`;
}
