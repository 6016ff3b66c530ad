/** Whether a store still has the history that ends with a remembered event. */
import type { EventReader } from './event-reader.ts';
import type { ReadableStorage } from './readable-storage.ts';

/** An event that was handled or delivered, with what identifies it. */
export interface RememberedEvent {
  readonly position: number;
  readonly epoch: number;
  readonly frameChecksum: number;
}

/**
 * 'same' when the event is there unchanged; 'behind' when the store does not have it yet, because it is a copy that
 * lags; else the reason why it never will, as text that follows "but".
 */
export function checkHistory(
  storage: ReadableStorage,
  { position, epoch, frameChecksum }: RememberedEvent,
  reader: EventReader,
): 'same' | 'behind' | { readonly difference: string } {
  const lowest = storage.history.lowestEpoch(position);
  if (epoch < lowest) return { difference: `epoch ${lowest} of the store began before that, and cut it off` };
  if (position > storage.publishedPosition) {
    // The event may still arrive: at a reader that is behind its head, or from a writer that is not newer.
    if (position <= storage.promisedPosition || storage.epoch <= epoch) return 'behind';
    return { difference: `the store ends at position ${storage.promisedPosition}` };
  }
  if (position < storage.segmentRecords.firstPosition) {
    // Within one store, an epoch has only one event at a position: a writer that cuts off events begins a new epoch.
    return storage.segmentRecords.droppedEpochAt(position) === epoch
      ? 'same'
      : { difference: 'the store had another event there' };
  }
  reader.find(position);
  const { frame } = reader;
  if (frame.checksum === frameChecksum && frame.epoch === epoch) return 'same';
  return { difference: 'the store has another event there' };
}
