/** The plan of commits: two per flight, and versions without gaps in every stream. */
import { describe, expect, it } from 'vitest';
import { CommitPlan } from './commit-plan.ts';
import { type Flight, readFlights } from './flight.ts';

const first: Flight = { date: '2001/01/01 00:47', delay: 66, distance: 1750, origin: 'DTW', destination: 'LAS' };
const second: Flight = { date: '2001/01/01 01:24', delay: -5, distance: 407, origin: 'LAS', destination: 'OAK' };

describe('the plan of commits', () => {
  const plan = new CommitPlan([first, second]);

  it('has a departure and an arrival for each flight, in the streams of their airports', () => {
    expect(plan.length).toBe(4);
    expect([1, 2, 3, 4].map((position) => plan.at(position))).toEqual([
      { position: 1, stream: 'airport-DTW', streamVersion: 1, event: { type: 'FlightDeparted', flight: 1, ...first } },
      { position: 2, stream: 'airport-LAS', streamVersion: 1, event: { type: 'FlightArrived', flight: 1, ...first } },
      { position: 3, stream: 'airport-LAS', streamVersion: 2, event: { type: 'FlightDeparted', flight: 2, ...second } },
      { position: 4, stream: 'airport-OAK', streamVersion: 1, event: { type: 'FlightArrived', flight: 2, ...second } },
    ]);
  });

  it.each([0, 5, -1, 1.5])('has no commit %d', (position) => {
    expect(() => plan.at(position)).toThrow(RangeError);
  });

  it('numbers the versions of every stream without gaps', () => {
    const all = new CommitPlan(readFlights(2000));
    const versions = new Map<string, number>();
    for (let position = 1; position <= all.length; position++) {
      const { stream, streamVersion } = all.at(position);
      expect(streamVersion).toBe((versions.get(stream) ?? 0) + 1);
      versions.set(stream, streamVersion);
    }
  });
});
