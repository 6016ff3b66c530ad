/**
 * The results of the three projections by the simplest means: one loop over the flights, without events, store or
 * projections. It shares no code with the projections, so that a mistake in either shows as a difference.
 */
import type { Flight } from '../data/flight.ts';
import type { AirportDeparturesState } from '../projections/airport-departures.ts';
import type { BusiestRoutesState } from '../projections/busiest-routes.ts';
import type { FlightsPerDayState } from '../projections/flights-per-day.ts';

export interface PlainResults {
  readonly airportDepartures: AirportDeparturesState;
  readonly busiestRoutes: BusiestRoutesState;
  readonly flightsPerDay: FlightsPerDayState;
}

export function loopOver(flights: readonly Flight[]): PlainResults {
  const airportDepartures: Record<string, { departures: number; delayMinutes: number }> = {};
  const busiestRoutes: Record<string, Record<string, number>> = {};
  const flightsPerDay: Record<string, { flights: number; miles: number }> = {};
  for (const { date, delay, distance, origin, destination } of flights) {
    const airport = (airportDepartures[origin] ??= { departures: 0, delayMinutes: 0 });
    airport.departures += 1;
    airport.delayMinutes += delay;

    const routes = (busiestRoutes[origin] ??= {});
    routes[destination] = (routes[destination] ?? 0) + 1;

    const [dayText = ''] = date.split(' ');
    const day = (flightsPerDay[dayText] ??= { flights: 0, miles: 0 });
    day.flights += 1;
    day.miles += distance;
  }
  return { airportDepartures, busiestRoutes, flightsPerDay };
}
