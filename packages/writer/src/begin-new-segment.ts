/** Begins a segment, and decides what a failure to do so means. */
import { hasErrorCode } from '@varve/core';
import type { Acknowledgements } from './acknowledgements.ts';
import { asDiskFull } from './disk-full.ts';
import type { FailureLatch } from './failure-latch.ts';
import type { WritablePartition } from './writable-partition.ts';
import type { WriteSteps } from './write-steps.ts';

/** Throws `DISK_FULL` when there is no room: only the commit that needs the segment is refused. Any other failure ends the writer. */
export function beginNewSegment(
  partition: WritablePartition,
  steps: WriteSteps,
  failure: FailureLatch,
  acknowledgements: Acknowledgements,
): void {
  steps.assertOwn();
  try {
    partition.beginSegment();
  } catch (error) {
    // Everything before the segment is written already, so a full disk concerns only the commit at hand.
    const found = asDiskFull(error, partition.folder);
    throw hasErrorCode(found, 'DISK_FULL') ? found : failure.poison(error);
  }
  // Closed segments are synced soon, so that they do not pile up for the first commit that waits for a sync.
  acknowledgements.startSync();
}
