/**
 * Waiting for a projection while events are lost and others take their positions. A bug once trusted reports about the
 * earlier events, for a projection whose state had become that of another history, and for one that did not run at the
 * time.
 */
import { cpSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { EventStore } from '@varve/writer';
import { expect, it } from 'vitest';
import { useTestBed } from './test-bed.ts';

const bed = useTestBed({ workers: 'threads', restart: { initialDelayMs: 10, maxFailures: 3 } });

/** Ends the writer, changes the folder of the store, and starts another writer. */
async function between(change: (folder: string, copy: string) => void): Promise<void> {
  await bed.store.close();
  const { storageDirectory, store } = bed.place;
  change(join(storageDirectory, store), join(storageDirectory, 'copy'));
  bed.store = await EventStore.open(store, { storageDirectory });
}

/** Events committed from now on can be lost. */
function keep(): Promise<void> {
  return between((folder, copy) => cpSync(folder, copy, { recursive: true }));
}

/** Removes what was committed since `keep`, but not what consumers have saved. */
function lose(): Promise<void> {
  return between((folder, copy) => {
    for (const name of readdirSync(folder)) {
      if (name !== 'consumers') rmSync(join(folder, name), { recursive: true });
    }
    cpSync(copy, folder, { recursive: true });
  });
}

/** Commits this many events to the stream; resolves with the position of the last one. */
async function commit(count: number, stream: string): Promise<number> {
  const commit = bed.store.commit(
    stream,
    Array.from({ length: count }, () => ({ type: 'Deposited' })),
  );
  await commit.flushed;
  return commit.lastPosition;
}

/** A projection that counts the events of the stream `orders`. */
async function start(): Promise<void> {
  const rest = "stream: 'orders', initialState: 0, on: { Deposited: (count) => count + 1 }";
  await bed.open([bed.write('count.mjs', `export const projection = { name: 'count', ${rest} };`)]).start();
}

it('rejects when the state is of events that are lost', async () => {
  await commit(1, 'orders');
  await keep();
  const last = await commit(4, 'orders');
  await start();
  await bed.projector.waitFor('count', last);
  await bed.projector.pause('count');
  await lose();
  await commit(4, 'orders');
  bed.projector.on('failed', () => undefined);
  bed.projector.resume('count');
  await expect(bed.projector.waitFor('count', last)).rejects.toMatchObject({ code: 'DIVERGED' });
  await expect(bed.projector.waitFor('count', 2)).rejects.toMatchObject({ code: 'DIVERGED' });
});

it('waits for events that came in the place of others, of which there was nothing to handle', async () => {
  await commit(1, 'orders');
  await keep();
  const last = await commit(4, 'others');
  await start();
  await bed.projector.waitFor('count', last);
  await bed.projector.pause('count');
  await bed.projector.waitFor('count', 1);
  await lose();
  expect(await commit(4, 'orders')).toBe(last);
  let isReached = false;
  const reached = bed.projector.waitFor('count', last).then(() => (isReached = true));
  for (let turn = 0; turn < 30; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(isReached).toBe(false);
  bed.projector.resume('count');
  await reached;
  expect(bed.projector.state('count')?.state).toBe(5);
});
