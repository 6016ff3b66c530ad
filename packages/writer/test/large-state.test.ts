/**
 * Large states of consumers: 10 MB here, 100 MB in the long form (`VARVE_STATE_MB=100`). They are saved, outgrow their place,
 * and are read again, by the consumer and from outside.
 */
import { readConsumerState, ReadOnlyEventStore } from '@varve/core';
import { expect, it } from 'vitest';
import { EventStore } from '../src/index.ts';
import { temporaryDirectory } from './temporary-directory.ts';

interface Row {
  readonly id: number;
  readonly text: string;
}

interface State {
  readonly rows: readonly Row[];
  readonly byName: ReadonlyMap<string, number>;
}

const stateBytes = Number(process.env['VARVE_STATE_MB'] ?? 10) * 1e6;
const rowBytes = 1000;
const rowsPerEvent = Math.ceil(stateBytes / rowBytes / 4);

function rowsOf(number: number): Row[] {
  return Array.from({ length: rowsPerEvent }, (_, index) => {
    const id = number * rowsPerEvent + index;
    return { id, text: `Ünïcode 💶 ${id} `.padEnd(rowBytes - 20, String(id % 10)) };
  });
}

function evolve({ rows, byName }: State, { number }: { number: number }): State {
  return { rows: [...rows, ...rowsOf(number)], byName: new Map([...byName, [`event ${number}`, rows.length]]) };
}

const initial: State = { rows: [], byName: new Map() };
const evolved = (count: number): State =>
  Array.from({ length: count }, (_, number) => ({ number })).reduce(evolve, initial);

/** Compares without building a message of the size of the state. */
function expectSame(found: State, expected: State): void {
  expect(found.rows.length).toBe(expected.rows.length);
  const wrong = expected.rows.findIndex(({ id, text }, index) => {
    const row = found.rows[index]!;
    return row.id !== id || row.text !== text;
  });
  expect(wrong).toBe(-1);
  expect([...found.byName]).toEqual([...expected.byName]);
}

it(`A state of ${stateBytes / 1e6} MB is saved and read again`, { timeout: 300_000 }, async () => {
  const storageDirectory = temporaryDirectory();
  await using writer = await EventStore.open('shop', { storageDirectory });
  for (let number = 0; number < 4; number++) writer.commit('s', { number });
  await writer.commit('s', { number: 4 }).flushed;
  const place = { storageDirectory, store: 'shop', stream: 's', consumerId: 'large' };
  const saves: number[] = [];
  // Four events in the first run, and one in that of another process.
  for (const count of [4, 5]) {
    await using reader = await ReadOnlyEventStore.open('shop', { storageDirectory });
    const checkpoint = { everyEvents: 1, durable: count === 5 };
    const consumer = reader.getConsumer<State, { number: number }>('s', 'large', initial, 0, { checkpoint });
    if (count === 5) expectSame(consumer.state, evolved(4));
    consumer.on('persisted', (position) => saves.push(position));
    const stop = new AbortController();
    await consumer.run((event) => {
      consumer.setState((state) => evolve(state, event));
      if (event.number === count - 1) stop.abort();
    }, stop);
    const saved = readConsumerState<State>(place);
    expect(saved?.position).toBe(count);
    expectSame(saved!.state, evolved(count));
  }
  expect(saves).toEqual([1, 2, 3, 4, 5]);
});
