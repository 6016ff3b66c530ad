/** What the commands of a run work on, and how they compare. */
import { hasErrorCode, type ErrorCode } from '@varve/core';
import type { SeededRandom } from '@varve/core/testing';
import type { EventStore, WriteOptions } from '../../src/index.ts';
import type { ModelPayload, StoreModel } from './store-model.ts';

export interface RunState {
  readonly log: string[];
  readonly random: SeededRandom;
  readonly options: WriteOptions;
  readonly model: StoreModel;
  readonly writer: EventStore;
  /** How much of the model the writer shows. */
  readonly visible: number;
  /** To be called after anything that may have flushed. */
  noteFlush(): void;
}

/** Some of them are in categories; one has the name of its category. */
export const streams = ['a', 'a-1', 'a/x/2', 'b', 'c d', 'é'];
export const derivedNames = ['d1', 'd2', 'd3'];

export function randomEvents({ random }: RunState): ModelPayload[] {
  return Array.from({ length: random.chance(0.7) ? 1 : random.between(2, 6) }, () => {
    const size = random.chance(0.05) ? random.between(1000, 40_000) : random.below(60);
    const tags = ['t1', 't2', 't3'].filter(() => random.chance(0.3));
    return {
      type: random.pick(['x', 'yy', 'zzz']),
      n: random.below(100),
      tags,
      [`f${random.below(9)}`]: 'ö'.repeat(size),
    };
  });
}

export function same(found: unknown, expected: unknown, what: string): void {
  const [left, right] = [JSON.stringify(found), JSON.stringify(expected)];
  if (left !== right) throw new Error(`${what}: found ${left.slice(0, 300)}, expected ${right.slice(0, 300)}`);
}

/** Throws when the attempt is not refused with this code; returns the error. */
export function refused(code: ErrorCode, attempt: () => unknown, what: string): { stream?: string; position?: number } {
  try {
    attempt();
  } catch (error) {
    if (hasErrorCode(error, code)) return error as { stream?: string; position?: number };
    throw error;
  }
  throw new Error(`${what} was accepted, and not refused with ${code}`);
}
