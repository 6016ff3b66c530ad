/**
 * An export reads what others archive, copy and remove meanwhile: at every call, the file that it is about may be gone. What it
 * gives is right and in order, and the rest is reported as missing; it used to end with `ENOENT`. It ends when the operating
 * system refuses a read.
 */
import assert from 'node:assert/strict';
import { exportEvents, type ExportGap, type StoredEvent } from '@varve/core';
import { type FaultPlan, SimulatedDisk } from '@varve/core/testing';
import { describe, expect, it } from 'vitest';
import { fullStore, layouts } from './simulation/full-store.ts';
import { storePath } from './simulation/recorded-run.ts';

interface Outcome {
  readonly events: readonly StoredEvent[];
  readonly gaps: readonly ExportGap[];
}

async function exported(disk: SimulatedDisk): Promise<Outcome> {
  const events: StoredEvent[] = [];
  const given = exportEvents(storePath, { fileSystem: disk.startProcess() });
  for await (const event of given) events.push(event);
  return { events, gaps: given.gaps };
}

/** A copy of the disk on which something happens at the call with this number. */
function copyWith(
  origin: SimulatedDisk,
  at: number,
  act: (disk: SimulatedDisk) => ReturnType<FaultPlan>,
): SimulatedDisk {
  const disk = new SimulatedDisk(origin.medium.copy());
  disk.faults = ({ number }) => {
    if (number !== at) return undefined;
    disk.faults = undefined;
    return act(disk);
  };
  return disk;
}

describe.each(['small segments', 'three partitions, deflate, json'])('an export: %s', (layout) => {
  it('gives what is right, and says what is missing, whatever goes', { timeout: 60_000 }, async () => {
    const origin = await fullStore(layouts[layout]!);
    const watched = new SimulatedDisk(origin.medium.copy());
    const { events: all, gaps: none } = await exported(watched);
    expect([all.length, none.length]).toEqual([96, 0]);
    let losses = 0;
    for (const { number, path } of watched.calls) {
      // Without a description nothing can be read, and without a catalog nobody knows how.
      if (origin.medium.find(path) === undefined || /store\.json$|catalog$|\/store$/.test(path)) continue;
      const disk = copyWith(origin, number, (copy) => {
        copy.startProcess().rename(path, '/gone');
        return undefined;
      });
      const { events, gaps } = await exported(disk);
      const isLost = (position: number): boolean => gaps.some(({ from, to }) => from <= position && position <= to);
      assert.deepEqual(
        events,
        all.filter(({ metadata }) => !isLost(metadata.position)),
        `${path} goes before call ${number}`,
      );
      if (gaps.length > 0) losses++;
    }
    expect(losses).toBeGreaterThan(2);
  });

  it('ends where the system refuses anything', { timeout: 60_000 }, async () => {
    const origin = await fullStore(layouts[layout]!);
    const watched = new SimulatedDisk(origin.medium.copy());
    await exported(watched);
    for (const { number, kind, path } of watched.calls) {
      const outcome: unknown = await exported(copyWith(origin, number, () => ({ code: 'EIO' }))).catch(
        (e: unknown) => e,
      );
      assert(outcome instanceof Error, `${kind} of ${path} failed, and the export did not`);
    }
  });
});
