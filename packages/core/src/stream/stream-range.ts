/**
 * Which versions of a stream are selected: from `low` to `high`, both included, and in which order. Negative versions
 * count from the end that the stream had when it was obtained: -1 is the last.
 */
import { inspect } from 'node:util';
import { VarveError } from '../errors.ts';

export interface StreamRange {
  /** 1 or more; greater than `high` when there is nothing in the range. */
  readonly low: number;
  readonly high: number;
  readonly isReversed: boolean;
}

/** The stream that a range belongs to, and its version when it was obtained. */
interface RangedStream {
  readonly name: string;
  readonly version: number;
}

/** The range of a pair of bounds; when the first is after the second, the events come in reverse. */
export function rangeBetween(stream: RangedStream, minVersion: number, maxVersion: number): StreamRange {
  const from = Math.max(1, resolveVersion(stream, minVersion));
  const to = resolveVersion(stream, maxVersion);
  // There is nothing after the end; it would be wrong to turn round there and return what comes before.
  const isPastEnd = minVersion > stream.version && maxVersion < 0;
  if (to < 1 || isPastEnd) return { low: from, high: Math.min(stream.version, from - 1), isReversed: false };
  return { low: Math.min(from, to), high: Math.min(stream.version, Math.max(from, to)), isReversed: from > to };
}

export function resolveVersion({ name, version }: RangedStream, value: number): number {
  if (!Number.isSafeInteger(value)) {
    throw new VarveError(
      'INVALID_CURSOR',
      `${inspect(value)} is not a version of the stream ${JSON.stringify(name)}.`,
      {
        stream: name,
        found: value,
        expected: 'an integer',
        hint: 'Versions are integers from 1; negative ones count from the end, -1 being the last.',
      },
    );
  }
  return value < 0 ? version + 1 + value : value;
}

/** Checks the argument of `first` and `last`. */
export function checkCount(name: string, count: number): number {
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw new VarveError('INVALID_CURSOR', `${String(count)} is not a number of events.`, {
    stream: name,
    found: count,
    expected: 'an integer of 0 or more',
    hint: 'Say how many events to read, for example last(10).',
  });
}

export function notAPosition(name: string, position: number): VarveError {
  return new VarveError('INVALID_CURSOR', `${String(position)} is not a position of the store.`, {
    stream: name,
    found: position,
    expected: 'an integer',
    hint: 'Positions are integers from 1, in global order.',
  });
}
