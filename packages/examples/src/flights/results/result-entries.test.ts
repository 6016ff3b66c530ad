/** What the tables show for an airport, a route and a day. */
import { describe, expect, it } from 'vitest';
import { airportEntries, dayEntries, routeEntries } from './result-entries.ts';

describe('the entries of results', () => {
  it('show the mean delay of an airport, which may be early', () => {
    expect(airportEntries({ ORD: { departures: 1200, delayMinutes: -600 } })).toEqual([
      { name: 'ORD', rank: 1200, figures: ['1,200', '-0.5 min'] },
    ]);
  });

  it('name routes by both airports', () => {
    expect(routeEntries({ ORD: { LAX: 2, DFW: 1 }, LAX: { ORD: 4 } })).toEqual([
      { name: 'ORD-LAX', rank: 2, figures: ['2'] },
      { name: 'ORD-DFW', rank: 1, figures: ['1'] },
      { name: 'LAX-ORD', rank: 4, figures: ['4'] },
    ]);
  });

  it('rank days by flights', () => {
    expect(dayEntries({ '2001/01/01': { flights: 7, miles: 12_345 } })).toEqual([
      { name: '2001/01/01', rank: 7, figures: ['7', '12,345'] },
    ]);
  });
});
