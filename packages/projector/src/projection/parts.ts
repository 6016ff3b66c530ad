/** The parts of a projection: which one an event goes to, and how their states are merged. */
import { crc32 } from 'node:zlib';
import { isDeepStrictEqual } from 'node:util';
import { VarveError } from '@varve/core';
import type { Merge } from './projection.ts';

/** The part for events with this key, from 0. The same on every machine, and for a number and its text. */
export function partOf(key: string | number | undefined, parts: number): number {
  return key === undefined ? 0 : crc32(String(key)) % parts;
}

/** The states of all parts as one. Throws `PROJECTION_INVALID` when they cannot be merged. */
export function mergeStates<State>(states: readonly State[], merge: Merge<State>, name: string): State {
  if (states.length === 1) return states[0]!;
  if (typeof merge === 'function') return merge(states);
  const merger = new Merger(merge === 'sum', name);
  return states.reduce((merged, state) => merger.merge(merged, state, '') as State);
}

class Merger {
  private readonly addsNumbers: boolean;
  private readonly projection: string;

  constructor(addsNumbers: boolean, projection: string) {
    this.addsNumbers = addsNumbers;
    this.projection = projection;
  }

  /** `path`: where in the states the two values are. */
  merge(left: unknown, right: unknown, path: string): unknown {
    if (left === undefined) return right;
    if (right === undefined) return left;
    if (this.addsNumbers && typeof left === 'number' && typeof right === 'number') return left + right;
    if (this.addsNumbers && typeof left === 'bigint' && typeof right === 'bigint') return left + right;
    if (Array.isArray(left) && Array.isArray(right)) return [...(left as unknown[]), ...(right as unknown[])];
    if (left instanceof Set && right instanceof Set) return new Set<unknown>([...left, ...right]);
    if (left instanceof Map && right instanceof Map) return this.mergeMaps(left, right, path);
    if (isPlain(left) && isPlain(right)) {
      const entries = this.mergeMaps(new Map(Object.entries(left)), new Map(Object.entries(right)), path);
      return Object.fromEntries(entries as ReadonlyMap<string, unknown>);
    }
    if (isDeepStrictEqual(left, right)) return left;
    throw this.conflict(path);
  }

  private mergeMaps(
    left: ReadonlyMap<unknown, unknown>,
    right: ReadonlyMap<unknown, unknown>,
    path: string,
  ): Map<unknown, unknown> {
    const merged = new Map(left);
    for (const [key, value] of right) merged.set(key, this.merge(left.get(key), value, `${path}/${String(key)}`));
    return merged;
  }

  private conflict(path: string): VarveError {
    const place = path === '' ? 'are different' : `differ at ${path}`;
    const message = `The states of the parts of projection ${JSON.stringify(this.projection)} ${place}.`;
    return new VarveError('PROJECTION_INVALID', message, {
      found: path,
      hint: 'Give the projection a `merge` of "sum" or a function, or let each key belong to one part only.',
    });
  }
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
