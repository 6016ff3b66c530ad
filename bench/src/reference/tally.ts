import type { SizedOrder } from './order.ts';

/**
 * What was read, in a form that two readers can compare: a contender that omits, duplicates, swaps or damages an event
 * ends with another hash, and its run fails instead of counting as fast. `add` touches a string and a number of each
 * event, which costs a few nanoseconds and keeps a contender from returning something not yet decoded.
 */
export class Tally {
  count = 0;
  hash = 0;

  add(order: SizedOrder): void {
    const id = order.orderId;
    this.hash = (Math.imul(this.hash, 31) + order.priceCents * 10 + id.charCodeAt(id.length - 1)) | 0;
    this.count++;
  }

  merge(other: Tally): void {
    this.hash = (Math.imul(this.hash, 31) + other.hash) | 0;
    this.count += other.count;
  }

  mustEqual(expected: Tally, what: string): void {
    if (this.count === expected.count && this.hash === expected.hash) return;
    throw new Error(
      `${what} read wrong data: found ${this.count} events with hash ${this.hash}, ` +
        `expected ${expected.count} with hash ${expected.hash}`,
    );
  }
}
