/** The option `before`: where moving or dropping segments ends, given as a position or a point in time. */
import { type PositionInput, VarveError } from '@varve/core';
import { EventReader } from '@varve/core/internal';
import type { WritableStorage } from '../writable-storage.ts';
import { commitStart } from './closed-segments.ts';

/** A position, or a time, which means the first commit at or after it. */
export type Before = PositionInput | Date;

/** The first position that stays: no later than `before`, at the start of a commit, and no later than the last commit. */
export function limitOf(storage: WritableStorage, before: unknown): number {
  const { publishedPosition: last, segmentRecords } = storage;
  const wanted = before instanceof Date ? positionAt(storage, before) : before;
  if (!Number.isSafeInteger(wanted) || (wanted as number) < 1) {
    throw new VarveError('INVALID_OPTION', 'The option "before" is neither a position nor a time.', {
      found: before,
      expected: 'an integer of 1 or more, or a Date',
      hint: 'Give the first position that is to stay, or the time of the first event that is to stay.',
    });
  }
  if (last === 0 || (wanted as number) <= segmentRecords.firstPosition) return segmentRecords.firstPosition;
  return commitStart(storage, Math.min(wanted as number, last));
}

/** Position of the first event that was committed at this time or later; one past the last when there is none. */
function positionAt(storage: WritableStorage, time: Date): number {
  const timeUs = time.getTime() * 1000;
  if (Number.isNaN(timeUs)) return NaN;
  const reader = new EventReader(storage);
  let low = storage.segmentRecords.firstPosition;
  let high = storage.publishedPosition + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    reader.find(middle);
    if (reader.frame.clockUs < timeUs) low = middle + 1;
    else high = middle;
  }
  return low;
}
