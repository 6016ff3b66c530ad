/** The order of flights determines which flight a number means in every process. */
import { describe, expect, it } from 'vitest';
import { type Flight, inOrderOfDate, readFlights } from './flight.ts';

const flightAt = (date: string, origin: string): Flight => ({
  date,
  delay: 0,
  distance: 100,
  origin,
  destination: 'LAX',
});

describe('the order of flights', () => {
  it('is that of their dates, and that of the file within a minute', () => {
    const flights = [
      flightAt('2001/01/02 07:00', 'B'),
      flightAt('2001/01/01 23:59', 'A'),
      flightAt('2001/01/02 07:00', 'A'),
      flightAt('2001/01/02 06:59', 'C'),
    ];
    const ordered = inOrderOfDate(flights).map(({ date, origin }) => `${date.slice(8)} ${origin}`);
    expect(ordered).toEqual(['01 23:59 A', '02 06:59 C', '02 07:00 B', '02 07:00 A']);
  });

  it('leaves the array that it was given as it is', () => {
    const flights = [flightAt('2001/01/02 07:00', 'B'), flightAt('2001/01/01 07:00', 'A')];
    inOrderOfDate(flights);
    expect(flights.map(({ origin }) => origin)).toEqual(['B', 'A']);
  });
});

describe('reading the flights', () => {
  it('gives all of the file, in order, with whole numbers in the fields that are summed', () => {
    const flights = readFlights();
    expect(flights).toHaveLength(20_000);
    expect(flights.every((flight, index) => index === 0 || flights[index - 1]!.date <= flight.date)).toBe(true);
    expect(flights.every(({ delay, distance }) => Number.isInteger(delay) && Number.isInteger(distance))).toBe(true);
    expect(flights.every(({ date }) => /^2001\/\d\d\/\d\d \d\d:\d\d$/.test(date))).toBe(true);
  });

  it('gives the same first flights when only some are asked for', () => {
    expect(readFlights(3)).toEqual(readFlights().slice(0, 3));
  });
});
