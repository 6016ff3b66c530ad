/** The flights of the example: 20,000 real ones from the package `vega-datasets`, in order of date. */
import { readFileSync } from 'node:fs';

/** One flight as in the file. `delay` is in minutes and negative when early, `distance` in miles. */
export interface Flight {
  /** Such as `2001/01/31 09:05`: in this format, text order is time order. */
  readonly date: string;
  readonly delay: number;
  readonly distance: number;
  readonly origin: string;
  readonly destination: string;
}

/** The first `count` flights in order of date. */
export function readFlights(count = Infinity): Flight[] {
  const file = new URL('../data/flights-20k.json', import.meta.resolve('vega-datasets'));
  const text = readFileSync(file, 'utf8');
  return inOrderOfDate(JSON.parse(text) as Flight[]).slice(0, count);
}

/**
 * Flights of the same minute stay in the order of the file. This makes the order total, so that a number means the same
 * flight in every process that reads the file.
 */
export function inOrderOfDate(flights: readonly Flight[]): Flight[] {
  return flights
    .map((flight, index) => ({ flight, index }))
    .sort((left, right) => compareText(left.flight.date, right.flight.date) || left.index - right.index)
    .map(({ flight }) => flight);
}

/** Not `localeCompare`: the order must be the same on every machine. */
function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
