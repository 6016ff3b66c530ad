/** Checks every event of a store against the plan: none lost, none duplicated, none in another's place. */
import type { ReadableEventStore } from '@varve/core';
import type { CommitPlan } from '../data/commit-plan.ts';
import { describeMismatch } from '../data/planned-event.ts';

export interface EventCheck {
  /** The number of events in the store. */
  readonly events: number;
  /** One sentence per event that is not the planned one, and per missing event. */
  readonly faults: readonly string[];
}

export function checkEvents(store: ReadableEventStore, plan: CommitPlan): EventCheck {
  const faults: string[] = [];
  let events = 0;
  for (const stored of store.getAllEvents().stored()) {
    events++;
    if (events > plan.length) {
      faults.push(`position ${events}: an event more than the ${plan.length} of the plan`);
      continue;
    }
    const mismatch = describeMismatch(stored, plan.at(events));
    if (mismatch !== undefined) faults.push(mismatch);
  }
  for (let position = events + 1; position <= plan.length; position++) faults.push(`position ${position}: no event`);
  return { events, faults };
}
