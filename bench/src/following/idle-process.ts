/**
 * The program of an idle process; prints its resident memory after a second. Arguments: 'nothing', 'reader', 'consumer'
 * (of events after the current position) or 'consumed' (of all events), the storage directory, and the number of the
 * round.
 */
import { setTimeout } from 'node:timers/promises';

const [kind, storageDirectory, round] = process.argv.slice(2) as [string, string, string];
if (kind !== 'nothing') {
  const { ReadOnlyEventStore } = await import('@varve/core');
  const reader = await ReadOnlyEventStore.open('bench', { storageDirectory });
  if (kind !== 'reader') {
    const since = kind === 'consumed' ? 0 : reader.position;
    const consumer = reader.getConsumer('_all', `${kind}-${round}`, { count: 0 }, since);
    consumer.on('data', () => consumer.setState(({ count }) => ({ count: count + 1 })));
    await consumer.waitFor(reader.position);
  }
}
await setTimeout(1000);
process.stdout.write(`${process.memoryUsage.rss()}\n`, () => process.exit(0));
