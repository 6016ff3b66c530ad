/**
 * Commits the flights of the plan, continuing after the last event in the store. It keeps nothing between two runs: the
 * store's position is the number of commits that were made, whatever became of the process that made them.
 */
import type { Commit, EventStore } from '@varve/writer';
import type { CommitPlan } from '../data/commit-plan.ts';
import { describeMismatch } from '../data/planned-event.ts';

export class FlightWriter {
  private readonly store: EventStore;
  private readonly plan: CommitPlan;

  /** Throws when the store's last event is not the planned one at its position: the store is then not ours. */
  constructor(store: EventStore, plan: CommitPlan) {
    this.store = store;
    this.plan = plan;
    const { position } = store;
    if (position === 0) return;
    const mismatch =
      position > plan.length
        ? `it has ${position} events, and the plan has ${plan.length}`
        : describeMismatch(store.readEvent(position), plan.at(position));
    if (mismatch !== undefined) throw new Error(`The store ${store.directory} holds something else: ${mismatch}.`);
  }

  /** The position of the last event. */
  get position(): number {
    return this.store.position;
  }

  get isFinished(): boolean {
    return this.position === this.plan.length;
  }

  /**
   * Makes the next `count` commits and returns the last one; undefined when there is none to make. Each expects the
   * version that the plan gives its stream, so the store would refuse a commit made twice or too early.
   */
  commitNext(count: number): Commit | undefined {
    let commit: Commit | undefined;
    const end = Math.min(this.plan.length, this.position + count);
    while (this.position < end) {
      const { stream, event, streamVersion } = this.plan.at(this.position + 1);
      commit = this.store.commit(stream, event, streamVersion - 1);
    }
    return commit;
  }
}
