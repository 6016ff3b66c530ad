/** A program that a test runs with few file descriptors: writes, reads or consumes a store with a partition per stream. */
import { ReadOnlyEventStore } from '@varve/core';
import { EventStore } from '@varve/writer';

const [storageDirectory, mode, streams] = process.argv.slice(2) as [string, string, string];

if (mode === 'write') {
  await using store = new EventStore('store', { storageDirectory, storageConfig: { partitioner: 'perStream' } });
  for (let n = 1; n <= Number(streams); n++) store.commit(`stream-${n}`, { n });
  await store.commit('stream-1', { n: 0 }).durable;
  const read = [1, 7, Number(streams)].map((n) => store.getEventStream(`stream-${n}`).length);
  console.log(JSON.stringify({ position: store.position, read }));
} else {
  await using store = new ReadOnlyEventStore('store', { storageDirectory });
  let sum = 0;
  if (mode === 'read') {
    for (const { n } of store.getAllEvents<{ n: number }>()) sum += n;
  } else {
    const consumer = store.getConsumer<{ sum: number }, { n: number }>('_all', 'adder', { sum: 0 });
    const stop = new AbortController();
    const run = consumer.run(({ n }) => consumer.setState((state) => ({ sum: state.sum + n })), stop);
    await consumer.waitFor(store.position);
    stop.abort();
    await run;
    ({ sum } = consumer.state);
  }
  console.log(JSON.stringify({ position: store.position, sum }));
}
