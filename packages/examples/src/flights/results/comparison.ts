/** Compares what the projections saved with the results of the plain loop. */
import { type Projection, readProjectionState } from '@varve/projector';
import type { Flight } from '../data/flight.ts';
import type { FlightEvents } from '../data/flight-event.ts';
import type { TextTable } from '../display/text-table.ts';
import { projection as airportDepartures } from '../projections/airport-departures.ts';
import { projection as busiestRoutes } from '../projections/busiest-routes.ts';
import { projection as flightsPerDay } from '../projections/flights-per-day.ts';
import { storeName } from '../store-name.ts';
import { type Difference, differencesBetween } from './difference.ts';
import { loopOver } from './plain-loop.ts';
import {
  airportColumns,
  airportEntries,
  dayColumns,
  dayEntries,
  routeColumns,
  routeEntries,
} from './result-entries.ts';
import { type Entry, type ResultColumns, resultTable } from './result-table.ts';

export interface Comparison {
  /** The name of the projection. */
  readonly name: string;
  readonly differences: readonly Difference[];
  readonly table: TextTable;
}

/** One comparison per projection. Reads the states from their files; no projector needs to run. */
export function compareResults(flights: readonly Flight[], storageDirectory: string): Comparison[] {
  const plain = loopOver(flights);
  return [
    compare(airportDepartures, storageDirectory, plain.airportDepartures, airportColumns, airportEntries),
    compare(busiestRoutes, storageDirectory, plain.busiestRoutes, routeColumns, routeEntries),
    compare(flightsPerDay, storageDirectory, plain.flightsPerDay, dayColumns, dayEntries),
  ];
}

function compare<State>(
  projection: Projection<State, FlightEvents>,
  storageDirectory: string,
  plain: State,
  columns: ResultColumns,
  entriesOf: (state: State) => Entry[],
): Comparison {
  const { state } = readProjectionState(projection, { storageDirectory, store: storeName });
  return {
    name: projection.name,
    differences: differencesBetween(state, plain),
    table: resultTable(columns, entriesOf(state), entriesOf(plain)),
  };
}
