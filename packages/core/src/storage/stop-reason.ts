/**
 * Why a reader cannot go on at a position that the head promises. Nearly always the files are only behind, as in a copy in
 * progress. But bytes that are there and can never be part of this store's history stay as they are until somebody copies
 * the file as a whole, so they must be reported.
 */
import type { Clock } from '../clock/clock.ts';
import { type CorruptionError, DivergedError } from '../errors.ts';
import { ifThere } from '../file-system/if-there.ts';
import { FrameCursor } from './frame-cursor.ts';
import type { ReadablePartition } from './readable-partition.ts';
import type { ReadableStorage } from './readable-storage.ts';

const hint =
  'Copy the store as a whole, comparing contents (rsync -a --checksum --delete), and open it anew: see docs/replicas.md.';

/** Files that hold two histories may be under repair; if they still do after this time, that is an error. */
const stopIsFinalAfterUs = 10_000_000;

/** Measures how long a reader has been unable to go on. */
export class Standstill {
  private readonly clock: Clock;
  private sinceUs: number | undefined;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Notes what is in the way now, if anything. Throws it when something has been in the way for long. */
  note(reason: DivergedError | undefined): void {
    if (reason === undefined) {
      this.sinceUs = undefined;
      return;
    }
    const nowUs = this.clock.nowUs();
    this.sinceUs ??= nowUs;
    if (nowUs - this.sinceUs >= stopIsFinalAfterUs) throw reason;
  }
}

/** What is in the way at `position`, or undefined when the event is only not there yet. */
export function stopReason(storage: ReadableStorage, position: number): DivergedError | undefined {
  const location = { partitionId: 0, offset: 0 };
  const cursor = new FrameCursor();
  const isLocated = ifThere(() => storage.positions.locate(position, location), false);
  const partition = isLocated ? storage.partition(location.partitionId) : undefined;
  const check = ifThere(() => partition?.tryRead(location.offset, cursor) ?? 'short', 'short');
  if (partition === undefined || check === 'short') return undefined;
  const frame = cursor.view;
  if (check !== 'whole') return mixed(partition, location.offset, position, 'what lies there is no frame');
  if (frame.epoch > storage.history.highestEpoch) return undefined;
  if (position < frame.position || position > frame.lastPosition) {
    return mixed(partition, location.offset, position, `the frame there is that of position ${frame.position}`);
  }
  const lowest = storage.history.lowestEpoch(position);
  if (frame.epoch >= lowest) return undefined;
  return mixed(partition, location.offset, position, `its epoch is ${frame.epoch}, and epoch ${lowest} cut that off`);
}

/** The same for a catalog that cannot be read on. */
export function catalogStopReason(path: string, offset: number, cause?: CorruptionError): DivergedError {
  return new DivergedError(`The catalog ${path} holds two histories, which meet at or before byte ${offset}.`, {
    path,
    offset,
    hint,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The error for a requested frame that is of another history. */
export function frameOfAnotherHistory(partition: ReadablePartition, offset: number, position: number): DivergedError {
  return mixed(partition, offset, position, 'the frame there is of another history');
}

function mixed(partition: ReadablePartition, offset: number, position: number, reason: string): DivergedError {
  const { path, at } = partition.placeOf(offset);
  return new DivergedError(
    `The files hold two histories: position ${position} should be at byte ${at} of ${path}, but ${reason}.`,
    { path, offset: at, position, hint },
  );
}
