/**
 * Damage in the file of a consumer: every bit flipped, and the file cut off at every byte. What is read is a state with the
 * position that belongs to it, the newest or the one before, or `CONSUMER_STATE`; never a fresh start.
 */
import { type ConsumerState, readConsumerState, VarveError } from '@varve/core';
import { ManualClock, SimulatedDisk } from '@varve/core/testing';
import { expect, it } from 'vitest';
import { damageStoreFile, openStore, readStoreFile } from './simulation/power-cut.ts';
import { dataDirectory, emptyDisk } from './simulation/recorded-run.ts';

interface Seen {
  readonly seen: readonly number[];
}

const events = 7;
const path = '/data/store/consumers/s.c.state';

async function consumedDisk(): Promise<SimulatedDisk> {
  const disk = emptyDisk();
  const store = openStore(disk, { clock: new ManualClock() });
  for (let n = 1; n <= events; n++) store.commit('s', { n });
  store.flush();
  await consume(store);
  await store.close();
  return disk;
}

/** Runs the consumer to the end, with a checkpoint after each event, and returns its state. */
async function consume(store: ReturnType<typeof openStore>): Promise<Seen> {
  const consumer = store.getConsumer<Seen, { n: number }>('s', 'c', { seen: [] }, 0, {
    checkpoint: { everyEvents: 1 },
  });
  const stop = new AbortController();
  const run = consumer.run(({ n }) => consumer.setState(({ seen }) => ({ seen: [...seen, n] })), stop);
  await consumer.waitFor(events);
  stop.abort();
  await run;
  return consumer.state;
}

function savedOn(disk: SimulatedDisk): ConsumerState<Seen> | undefined {
  const place = { storageDirectory: dataDirectory, store: 'store', stream: 's', consumerId: 'c' };
  return readConsumerState<Seen>({ ...place, fileSystem: disk.startProcess() });
}

/** `newest`, `before` or `refused`; throws on anything else. */
function outcomeOf(disk: SimulatedDisk): 'newest' | 'before' | 'refused' {
  let saved: ConsumerState<Seen> | undefined;
  try {
    saved = savedOn(disk);
  } catch (error) {
    if (error instanceof VarveError && error.code === 'CONSUMER_STATE' && error.path === path) return 'refused';
    throw error;
  }
  const expected = Array.from({ length: saved?.position ?? 0 }, (_, index) => index + 1);
  if (saved === undefined || saved.state.seen.join() !== expected.join()) throw new Error(JSON.stringify(saved));
  if (saved.position === events) return 'newest';
  if (saved.position === events - 1) return 'before';
  throw new Error(`The state is that of position ${saved.position}`);
}

it('gives a state and its position, or an error, whatever bit is turned over and wherever it is cut off', async () => {
  const disk = await consumedDisk();
  const whole = readStoreFile(disk, '.state');
  const counts = { newest: 0, before: 0, refused: 0 };
  const seenAt = (at: number): boolean => whole.subarray(Math.max(0, at - 8), at + 8).some((byte) => byte !== 0);
  for (let bit = 0; bit < whole.length * 8; bit++) {
    // Between the slots there are zeros, and one is as good as another.
    if (!seenAt(bit >> 3) && bit % 997 !== 0) continue;
    const damaged = Buffer.from(whole);
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    damageStoreFile(disk, '.state', () => damaged);
    counts[outcomeOf(disk)]++;
  }
  for (let length = 0; length < whole.length; length++) {
    if (!seenAt(length) && length % 97 !== 0) continue;
    damageStoreFile(disk, '.state', () => whole.subarray(0, length));
    counts[outcomeOf(disk)]++;
  }
  console.log('Damaged files of a consumer:', counts);
  expect(counts.newest).toBeGreaterThan(0);
  expect(counts.before).toBeGreaterThan(300);
  expect(counts.refused).toBeGreaterThan(300);
});

it('goes on from the checkpoint before, and ends in the same state', async () => {
  const disk = await consumedDisk();
  const whole = readStoreFile(disk, '.state');
  for (let at = 64; at < whole.length; at++) {
    const damaged = Buffer.from(whole);
    damaged[at]! ^= 0x10;
    damageStoreFile(disk, '.state', () => damaged);
    if (outcomeOf(disk) !== 'before') continue;
    const copy = new SimulatedDisk(disk.medium.copy());
    const store = openStore(copy, { clock: new ManualClock() });
    expect(await consume(store)).toEqual({ seen: [1, 2, 3, 4, 5, 6, 7] });
    await store.close();
    expect(savedOn(copy)?.position).toBe(events);
  }
});
