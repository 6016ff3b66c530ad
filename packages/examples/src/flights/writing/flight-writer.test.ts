/** The writer against a real store: whatever it finds there, it makes exactly the missing commits. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStore } from '@varve/writer';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommitPlan } from '../data/commit-plan.ts';
import { readFlights } from '../data/flight.ts';
import { checkEvents } from '../results/event-check.ts';
import { FlightWriter } from './flight-writer.ts';

const plan = new CommitPlan(readFlights(10));
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'flight-writer-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

const openStore = (): Promise<EventStore> => EventStore.open('flights', { storageDirectory: directory });

describe('the writer of flights', () => {
  it('writes the whole plan, and then no more', async () => {
    await using store = await openStore();
    const writer = new FlightWriter(store, plan);
    expect(writer.commitNext(1000)?.position).toBe(20);
    expect(writer.isFinished).toBe(true);
    expect(writer.commitNext(1)).toBeUndefined();
    expect(checkEvents(store, plan)).toEqual({ events: 20, faults: [] });
  });

  it.each([1, 2, 3, 7, 19])('carries on after any event, such as %d', async (written) => {
    {
      await using store = await openStore();
      new FlightWriter(store, plan).commitNext(written);
    }
    await using store = await openStore();
    const writer = new FlightWriter(store, plan);
    expect(writer.position).toBe(written);
    writer.commitNext(1000);
    expect(checkEvents(store, plan)).toEqual({ events: 20, faults: [] });
  });

  it('refuses a store that holds something else', async () => {
    await using store = await openStore();
    store.commit('airport-DTW', { type: 'FlightDeparted', flight: 2 });
    expect(() => new FlightWriter(store, plan)).toThrow(/holds something else: position 1: .*"flight":2/);
  });

  it('refuses a store that holds more than the plan', async () => {
    await using store = await openStore();
    new FlightWriter(store, plan).commitNext(1000);
    store.commit('airport-DTW', { type: 'FlightDeparted', flight: 11 });
    expect(() => new FlightWriter(store, plan)).toThrow('it has 21 events, and the plan has 20');
  });

  it('is stopped by the store when somebody else commits to one of its streams', async () => {
    await using store = await openStore();
    const writer = new FlightWriter(store, plan);
    store.commit(plan.at(2).stream, { type: 'FlightDeparted', flight: 1 });
    expect(() => writer.commitNext(1000)).toThrow(EventStore.OptimisticConcurrencyError);
  });
});
