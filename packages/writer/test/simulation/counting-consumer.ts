/** A consumer whose state tells exactly which events it was made from. */
import { type Consumer, hasErrorCode, VarveError } from '@varve/core';
import { hash } from 'node:crypto';
import type { EventStore } from '../../src/index.ts';
import { eventsOf, type ModelCommit } from './commits-found.ts';

/** How many events, and a digest of all of them in their order. */
export interface Counted {
  readonly count: number;
  readonly digest: string;
}

const nothing: Counted = { count: 0, digest: '' };

export function counted({ count, digest }: Counted, event: unknown): Counted {
  return { count: count + 1, digest: hash('sha1', digest + JSON.stringify(event), 'base64') };
}

export function countingConsumer(store: EventStore, isDurable: boolean): Consumer<Counted> {
  const options = { checkpoint: { everyEvents: 2, everyMs: Infinity, durable: isDurable } };
  return store.getConsumer<Counted>('_all', 'counting', nothing, 0, options);
}

/**
 * Throws unless the consumer that a crash left has a state that belongs to its position, which must be `least` or later. What
 * was never made durable may be unreadable, and must then be reported as such.
 */
export function assertConsumerIs(store: EventStore, commits: readonly ModelCommit[], least: number): void {
  const found = savedCheckpoint(store);
  if (found === undefined && least === 0) return;
  if (found === undefined) throw new Error(`The consumer's state cannot be read, and it had saved ${least} durably`);
  const { position, state } = found;
  if (position < least) throw new Error(`The consumer is at ${position}, and had saved ${least} durably`);
  const wanted = countUpTo(position, commits);
  if (JSON.stringify(state) === JSON.stringify(wanted)) return;
  throw new Error(`The consumer at ${position} has ${JSON.stringify(state)}, not ${JSON.stringify(wanted)}`);
}

/**
 * Runs the consumer that a crash left in a store that was recovered and holds `commits`. The consumer must go on where it was,
 * or report that its store has lost what its state was made from, if it was past `kept`, the last event that was found. Returns
 * the position that it saved, durably, or undefined when it did not run.
 */
export async function checkConsumerGoesOn(
  store: EventStore,
  commits: readonly ModelCommit[],
  kept: number,
): Promise<number | undefined> {
  const found = savedCheckpoint(store);
  if (found === undefined) return undefined;
  const consumer = countingConsumer(store, true);
  const running = consumer.run((event) => consumer.setState((state) => counted(state, event)));
  const outcome = await Promise.all([running, consumer.waitFor(store.position).then(() => consumer.stop())]).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (found.position > kept) {
    if (hasErrorCode(outcome, 'DIVERGED')) return undefined;
    throw new Error(`The consumer at ${found.position} went on behind ${kept}: ${String(outcome)}`);
  }
  if (outcome !== undefined) {
    throw new Error(`The consumer at ${found.position} did not go on`, { cause: outcome });
  }
  const wanted = countUpTo(store.position, commits);
  if (JSON.stringify(consumer.state) === JSON.stringify(wanted)) return store.position;
  throw new Error(`The consumer went on from ${found.position} to ${JSON.stringify(consumer.state)}`);
}

/** Undefined when the file says that it cannot be read. */
function savedCheckpoint(store: EventStore): { readonly position: number; readonly state: Counted } | undefined {
  const consumer = countingConsumer(store, true);
  try {
    return { position: consumer.position, state: consumer.state };
  } catch (error) {
    const isUnreadable = error instanceof VarveError && error.code === 'CONSUMER_STATE';
    if (isUnreadable && error.path?.includes('/consumers/') === true) return undefined;
    throw error;
  }
}

function countUpTo(position: number, commits: readonly ModelCommit[]): Counted {
  let state = nothing;
  for (const { payload } of eventsOf(commits).slice(0, position)) state = counted(state, payload);
  return state;
}
