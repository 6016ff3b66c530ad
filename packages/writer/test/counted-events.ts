/** Events that are distinguished by a number, for tests that import the store from the built package. */
import type { EventStore } from '@varve/writer';

/** Commits events with numbers from `first`, in turn to the streams `s-0`, `s-1` and `s-2`. */
export function commitCounted(store: EventStore, count: number, first = 1): void {
  for (let n = first; n < first + count; n++) store.commit(`s-${n % 3}`, { type: n % 2 === 0 ? 'Even' : 'Odd', n });
}

/** The numbers of events of a stream. */
export function countedIn(stream: Iterable<unknown>): number[] {
  return [...stream].map((event) => (event as { n: number }).n);
}

export function countFrom(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** What `action` throws; undefined when it does not. */
export function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}
