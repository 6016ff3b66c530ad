/** Receipts without a store: they report what the store promised, and waiting for all of them costs nothing. */
import type { Position } from '@varve/core';
import type { Commit } from '@varve/writer';
import { expect, it } from 'vitest';
import { Receipts } from './receipts.ts';

function commitAt(lastPosition: number, flushed: Promise<Commit>): Commit {
  return { lastPosition: lastPosition as Position, flushed } as Commit;
}

it('are settled when nobody waits any more, and until then the process may sleep', async () => {
  const flushes = [Promise.withResolvers<Commit>(), Promise.withResolvers<Commit>(), Promise.withResolvers<Commit>()];
  const told: string[] = [];
  const refused = (error: unknown): void => void told.push(`refused: ${String(error)}`);
  const receipts = new Receipts('flushed', () => 0, refused);
  await receipts.settled();
  flushes.forEach(({ promise }, index) => {
    receipts.wait(commitAt(index + 1, promise), `command ${index + 1}`).then(
      (result) => told.push(String(result)),
      (error: unknown) => told.push(String(error)),
    );
  });
  const settled = Promise.all([receipts.settled(), receipts.settled()]).then(() => told.push('settled'));
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
  expect(process.getActiveResourcesInfo()).not.toContain('Immediate');
  flushes[0]!.resolve(commitAt(1, flushes[0]!.promise));
  await flushes[0]!.promise;
  expect(told).toEqual([]);
  flushes[1]!.reject(new Error('the disk is gone'));
  await settled;
  expect(told).toEqual([
    'command 1',
    'refused: Error: the disk is gone',
    'Error: the disk is gone',
    'Error: the disk is gone',
    'settled',
  ]);
});
