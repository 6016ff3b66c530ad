/** The registry at earlier positions, built one at a time: each one takes a replay, and a slider asks for many. */
import { type ReadableEventStore } from '@varve/core';
import { type ReadableRegistry, registry } from '../model/registry.ts';
import { RefusedRequest } from './refused-request.ts';

const maxWaiting = 16;

export class PastModels {
  private readonly store: ReadableEventStore;
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;

  constructor(store: ReadableEventStore) {
    this.store = store;
  }

  /** Rejects with `RefusedRequest` when too many requests wait, and with any error of the replay. */
  async at(position: number): Promise<ReadableRegistry> {
    if (this.waiting >= maxWaiting) {
      throw new RefusedRequest(503, 'Too many positions are being looked up.', { 'Retry-After': '1' });
    }
    this.waiting++;
    const made = this.last.then(() => registry.at(this.store, { position }));
    this.last = made.catch(() => undefined).finally(() => this.waiting--);
    return made;
  }
}
