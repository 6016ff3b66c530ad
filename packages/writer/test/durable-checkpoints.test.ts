/**
 * A checkpoint on the medium was lost to a power cut after a later run had saved without `durable`: each run begins a new file,
 * whose name replaced that of the old one before its bytes were on the medium.
 */
import { crashStates, SeededRandom, SimulatedDisk } from '@varve/core/testing';
import { expect, it } from 'vitest';
import { StoresOnDisk } from './stores-on-disk.ts';

type Texts = readonly string[];

/** What a consumer has after each power cut that is possible now. */
function outcomesOf({ disk }: StoresOnDisk): { position: number; state: Texts }[] {
  const choice = { random: new SeededRandom(1), randomStates: 0, isThorough: true };
  return [...crashStates(disk.medium, choice)].map(({ medium }) => {
    const stores = new StoresOnDisk(new SimulatedDisk(medium));
    const reader = stores.openReader();
    const { position, state } = reader.getConsumer<Texts>('s', 'c', []);
    reader.storage.close();
    return { position, state };
  });
}

/** Handles the events up to this one, and saves after each. */
async function consume(stores: StoresOnDisk, upTo: number, durable: boolean): Promise<void> {
  const store = stores.openReader();
  const consumer = store.getConsumer<Texts, { text: string }>('s', 'c', [], 0, {
    checkpoint: { everyEvents: 1, durable },
  });
  const running = consumer.run(({ text }) => consumer.setState((texts) => [...texts, text]));
  await consumer.waitFor(upTo);
  await consumer.stop();
  await running;
  await store.close();
}

const large = 'too much for a slot '.repeat(500);

it.each([
  ['one event', ['c']],
  ['three events', ['c', 'd', 'e']],
  ['an event that makes the state outgrow its slot', [large]],
  ['the same while it runs', ['c', large]],
])('survive a later run that does not wait for the medium: %s', async (_, texts) => {
  const stores = new StoresOnDisk();
  const store = stores.open();
  await store.commit('s', [{ text: 'a' }, { text: 'b' }]).durable;
  await consume(stores, 2, true);
  await store.commit(
    's',
    texts.map((text) => ({ text })),
  ).durable;
  await consume(stores, 2 + texts.length, false);
  const all = ['a', 'b', ...texts];
  const outcomes = outcomesOf(stores);
  expect(outcomes.length).toBeGreaterThan(1);
  for (const { position, state } of outcomes) {
    expect(position).toBeGreaterThanOrEqual(2);
    expect(state).toEqual(all.slice(0, position));
  }
});
