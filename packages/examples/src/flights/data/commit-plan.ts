/**
 * All commits of the writer in their order: two per flight, with one event each. Since no one else writes to the store,
 * the event of commit n has position n. The store's position therefore tells which commit comes next, and the plan
 * tells what every event of the store must be.
 */
import type { Flight } from './flight.ts';
import { airportStream, type FlightEvent } from './flight-event.ts';

export interface PlannedCommit {
  /** The event's position in the store, from 1. */
  readonly position: number;
  readonly stream: string;
  /** The version of the stream after the commit; the commit expects the version before it. */
  readonly streamVersion: number;
  readonly event: FlightEvent;
}

export class CommitPlan {
  private readonly flights: readonly Flight[];
  private readonly streamVersions: number[] = [];

  constructor(flights: readonly Flight[]) {
    this.flights = flights;
    const versions = new Map<string, number>();
    for (const { origin, destination } of flights) {
      for (const stream of [airportStream(origin), airportStream(destination)]) {
        const version = (versions.get(stream) ?? 0) + 1;
        versions.set(stream, version);
        this.streamVersions.push(version);
      }
    }
  }

  /** Number of commits, which is the number of events. */
  get length(): number {
    return this.streamVersions.length;
  }

  /** The commit whose event has this position; `position` is from 1 to `length`. */
  at(position: number): PlannedCommit {
    const index = position - 1;
    const flight = this.flights[Math.floor(index / 2)];
    const streamVersion = this.streamVersions[index];
    if (flight === undefined || streamVersion === undefined) {
      throw new RangeError(`There is no commit ${position}: the plan has ${this.length}.`);
    }
    const isDeparture = index % 2 === 0;
    const number = Math.floor(index / 2) + 1;
    return {
      position,
      stream: airportStream(isDeparture ? flight.origin : flight.destination),
      streamVersion,
      event: { type: isDeparture ? 'FlightDeparted' : 'FlightArrived', flight: number, ...flight },
    };
  }
}
