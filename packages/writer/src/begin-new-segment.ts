/** Begins a segment, and says what it means when that fails. */
import { hasErrorCode } from '@varve/core';
import type { Acknowledgements } from './acknowledgements.ts';
import { asDiskFull } from './disk-full.ts';
import type { FailureLatch } from './failure-latch.ts';
import type { WritablePartition } from './writable-partition.ts';
import type { WriteSteps } from './write-steps.ts';

/** Throws `DISK_FULL`, and only the commit that needs the segment is refused then; any other failure ends the writer. */
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
    // Everything before it was written.
    const found = asDiskFull(error, partition.folder);
    throw hasErrorCode(found, 'DISK_FULL') ? found : failure.poison(error);
  }
  // Closed segments are synced soon, so that no pile of them waits for the first commit that asks.
  acknowledgements.startSync();
}
