/** The projections of the job: their names, and the modules that the projector's worker processes load. */
import { extname } from 'node:path';
import { projection as airportDepartures } from './airport-departures.ts';
import { projection as busiestRoutes } from './busiest-routes.ts';
import { projection as flightsPerDay } from './flights-per-day.ts';

export interface FlightProjection {
  readonly name: string;
  readonly module: URL;
}

/** Compiled or not, like this file. */
const extension = extname(import.meta.url);

export const flightProjections: readonly FlightProjection[] = [
  { name: airportDepartures.name, module: new URL(`./airport-departures${extension}`, import.meta.url) },
  { name: busiestRoutes.name, module: new URL(`./busiest-routes${extension}`, import.meta.url) },
  { name: flightsPerDay.name, module: new URL(`./flights-per-day${extension}`, import.meta.url) },
];
