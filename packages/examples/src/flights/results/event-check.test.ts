/** The check must find stores that lack an event, or have one twice, one too many or a wrong one. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStore } from '@varve/writer';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommitPlan } from '../data/commit-plan.ts';
import { readFlights } from '../data/flight.ts';
import { checkEvents, type EventCheck } from './event-check.ts';

const plan = new CommitPlan(readFlights(2));
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'event-check-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

/** Creates a store with the planned events of these positions, in this order, and checks it. */
async function checkStoreOf(positions: readonly number[], change: object = {}): Promise<EventCheck> {
  await using store = await EventStore.open('flights', { storageDirectory: directory });
  for (const position of positions) {
    const { stream, event } = plan.at(position);
    store.commit(stream, { ...event, ...change });
  }
  return checkEvents(store, plan);
}

describe('the check of all events', () => {
  it('finds nothing wrong with the planned events', async () => {
    expect(await checkStoreOf([1, 2, 3, 4])).toEqual({ events: 4, faults: [] });
  });

  it('finds that the last one is missing', async () => {
    expect(await checkStoreOf([1, 2, 3])).toEqual({ events: 3, faults: ['position 4: no event'] });
  });

  it('finds that one was left out', async () => {
    const { faults } = await checkStoreOf([1, 2, 4]);
    expect(faults).toHaveLength(2);
    expect(faults[0]).toMatch(/^position 3: .*"FlightArrived","flight":2.* instead of .*"FlightDeparted","flight":2/);
  });

  it('finds that one came twice', async () => {
    const { events, faults } = await checkStoreOf([1, 2, 2, 3, 4]);
    expect(events).toBe(5);
    expect(faults).toHaveLength(3);
    expect(faults.at(-1)).toBe('position 5: an event more than the 4 of the plan');
  });

  it('finds a field that is not as it was written', async () => {
    const { faults } = await checkStoreOf([1, 2, 3, 4], { delay: 1.5 });
    expect(faults).toHaveLength(4);
  });
});
