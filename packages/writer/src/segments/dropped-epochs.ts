/** The epochs of dropped events, with which whatever is remembered of such an event can still be compared. */
import { type DroppedEvents, EventReader } from '@varve/core/internal';
import type { WritableStorage } from '../writable-storage.ts';

/** The epochs of all events up to `last`, including those that were dropped earlier, each with its last position. */
export function droppedEpochs(storage: WritableStorage, last: number): DroppedEvents['epochs'] {
  const { firstPosition, droppedEpochs: known } = storage.segmentRecords;
  const reader = new EventReader(storage);
  const epochAt = (position: number): number => {
    reader.find(position);
    return reader.frame.epoch;
  };
  const found = [...known];
  for (let first = firstPosition; first <= last;) {
    const epoch = epochAt(first);
    // Epochs never go down: bisect for the last position with this one.
    let [low, high] = [first, last];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (epochAt(middle) === epoch) low = middle;
      else high = middle - 1;
    }
    if (found.at(-1)?.epoch === epoch) found.pop();
    found.push({ epoch, last: low });
    first = low + 1;
  }
  return found;
}
