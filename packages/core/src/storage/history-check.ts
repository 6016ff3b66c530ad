/** Whether a store still has the history that somebody remembers the last event of. */
import type { EventReader } from './event-reader.ts';
import type { ReadableStorage } from './readable-storage.ts';

/** An event that was handled or delivered, and how to know it again. */
export interface RememberedEvent {
  readonly position: number;
  readonly epoch: number;
  readonly frameChecksum: number;
}

/**
 * 'same' when the event is there as it was; 'behind' when the store does not have it yet, because it is a copy that
 * lags; else the reason why it never will, to be put behind "but".
 */
export function checkHistory(
  storage: ReadableStorage,
  { position, epoch, frameChecksum }: RememberedEvent,
  reader: EventReader,
): 'same' | 'behind' | { readonly difference: string } {
  const lowest = storage.history.lowestEpoch(position);
  if (epoch < lowest) return { difference: `epoch ${lowest} of the store began before that, and cut it off` };
  if (position > storage.publishedPosition) {
    // The event may still come to a reader that is behind its head, and from a writer that is not newer.
    if (position <= storage.promisedPosition || storage.epoch <= epoch) return 'behind';
    return { difference: `the store ends at position ${storage.promisedPosition}` };
  }
  if (position < storage.segments.firstPosition) {
    // In one store, an epoch has one event at a position: a writer that cuts events off begins a new epoch.
    return storage.segments.droppedEpochAt(position) === epoch
      ? 'same'
      : { difference: 'the store had another event there' };
  }
  reader.find(position);
  const { frame } = reader;
  if (frame.checksum === frameChecksum && frame.epoch === epoch) return 'same';
  return { difference: 'the store has another event there' };
}
