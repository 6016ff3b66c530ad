/**
 * The entries of each result, for its table: names, ranks and figures. Means and names of routes are computed here, for
 * display only.
 */
import { inGroups, withOneDecimal } from '../display/number-text.ts';
import type { AirportDeparturesState } from '../projections/airport-departures.ts';
import type { BusiestRoutesState } from '../projections/busiest-routes.ts';
import type { FlightsPerDayState } from '../projections/flights-per-day.ts';
import type { Entry, ResultColumns } from './result-table.ts';

export const airportColumns: ResultColumns = {
  title: 'Airports by departures',
  entry: 'airport',
  figures: ['departures', 'mean delay'],
};

export function airportEntries(state: AirportDeparturesState): Entry[] {
  return Object.entries(state).map(([name, { departures, delayMinutes }]) => ({
    name,
    rank: departures,
    figures: [inGroups(departures), `${withOneDecimal(delayMinutes / departures)} min`],
  }));
}

export const routeColumns: ResultColumns = { title: 'Routes by flights', entry: 'route', figures: ['flights'] };

export function routeEntries(state: BusiestRoutesState): Entry[] {
  return Object.entries(state).flatMap(([origin, destinations]) =>
    Object.entries(destinations).map(([destination, flights]) => ({
      name: `${origin}-${destination}`,
      rank: flights,
      figures: [inGroups(flights)],
    })),
  );
}

export const dayColumns: ResultColumns = { title: 'Days by flights', entry: 'day', figures: ['flights', 'miles'] };

export function dayEntries(state: FlightsPerDayState): Entry[] {
  return Object.entries(state).map(([name, { flights, miles }]) => ({
    name,
    rank: flights,
    figures: [inGroups(flights), inGroups(miles)],
  }));
}
