/** The plain loop, against results computed by hand: everything else is compared with it. */
import { describe, expect, it } from 'vitest';
import { loopOver } from './plain-loop.ts';

describe('the plain loop', () => {
  it('counts departures, routes and days, and sums delays and miles', () => {
    const results = loopOver([
      { date: '2001/01/01 00:47', delay: 66, distance: 1750, origin: 'DTW', destination: 'LAS' },
      { date: '2001/01/01 23:59', delay: -6, distance: 1750, origin: 'DTW', destination: 'LAS' },
      { date: '2001/01/02 00:00', delay: 3, distance: 407, origin: 'LAS', destination: 'OAK' },
    ]);
    expect(results).toEqual({
      airportDepartures: { DTW: { departures: 2, delayMinutes: 60 }, LAS: { departures: 1, delayMinutes: 3 } },
      busiestRoutes: { DTW: { LAS: 2 }, LAS: { OAK: 1 } },
      flightsPerDay: { '2001/01/01': { flights: 2, miles: 3500 }, '2001/01/02': { flights: 1, miles: 407 } },
    });
  });

  it('finds nothing where there is nothing', () => {
    expect(loopOver([])).toEqual({ airportDepartures: {}, busiestRoutes: {}, flightsPerDay: {} });
  });
});
