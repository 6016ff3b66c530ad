/**
 * A damaged slot of the head leaves the other one: readers are behind by what came between the two, never wrong, and are up to
 * date with the next flush. A writer finds everything in the frames.
 */
import { verifyStore } from '@varve/core';
import { SimulatedDisk } from '@varve/core/testing';
import { expect, it } from 'vitest';
import { damageStoreFile, flipBit, openReader, openStore } from './simulation/power-cut.ts';
import { emptyDisk, storePath } from './simulation/recorded-run.ts';

const slotBytes = 64;
const slotDistance = 4096;

/** Five events: one slot of the head covers all of them, the other one all but the last. */
function written(): { disk: SimulatedDisk; commit: (n: number) => void } {
  const disk = emptyDisk();
  const store = openStore(disk);
  const commit = (n: number): void => {
    store.commit('s', { n });
    store.flush();
  };
  for (let n = 1; n <= 5; n++) commit(n);
  return { disk, commit };
}

it('leaves readers behind by one flush, whichever bit of it is turned over, until the next one', () => {
  const counts = { right: 0, behind: 0 };
  for (const slot of [0, slotDistance]) {
    for (let at = slot; at < slot + slotBytes; at++) {
      const { disk, commit } = written();
      damageStoreFile(disk, '/head', (bytes) => flipBit(bytes, at));
      const reader = openReader(disk);
      const seen = reader.getEventStream<{ n: number }>('s').events.map(({ n }) => n);
      if (seen.length === 5) counts.right++;
      else counts.behind++;
      expect([
        [1, 2, 3, 4],
        [1, 2, 3, 4, 5],
      ]).toContainEqual(seen);
      commit(6);
      reader.storage.poll();
      // The older slot is written next: where that is the damaged one, everything is mended.
      expect(reader.position).toBe(6);
      reader.storage.close();
    }
  }
  expect(counts).toEqual({ right: slotBytes, behind: slotBytes });
});

it('is told by a check, and mended by the next writer, which has everything', async () => {
  for (const slot of [0, slotDistance]) {
    const { disk } = written();
    const killed = new SimulatedDisk(disk.medium.copy());
    damageStoreFile(killed, '/head', (bytes) => flipBit(bytes, slot + 20));
    const before = await verifyStore(storePath, { fileSystem: killed.startProcess() });
    expect(before.findings[0]).toMatchObject({ code: 'HEAD_SLOT', path: `${storePath}/head`, offset: slot });
    const next = openStore(killed);
    expect(next.getEventStream<{ n: number }>('s').events.map(({ n }) => n)).toEqual([1, 2, 3, 4, 5]);
    await next.close();
    const after = await verifyStore(storePath, { fileSystem: killed.startProcess() });
    expect(after.findings).toEqual([]);
  }
});
