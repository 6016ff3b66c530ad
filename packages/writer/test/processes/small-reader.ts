/**
 * Follows a store with little memory until it is sent the last position; then reports how many events it has seen, their
 * checksum, and the most bytes it had in buffers. Arguments: the storage directory, and 'all', 'category' or 'consumer'.
 */
import { once } from 'node:events';
import { type EventMetadata, ReadOnlyEventStore } from '@varve/core';
import { fold, type Numbered } from './fold.ts';

const [storageDirectory, way] = process.argv.slice(2) as [string, string];
let seen = { count: 0, hash: 7 };
let last = Infinity;
let mostBufferBytes = 0;
const done = new AbortController();

function take(event: Numbered, { position }: EventMetadata): void {
  const { count, hash } = fold({ ...seen, text: '' }, event);
  seen = { count, hash };
  if (count % 1000 === 0) mostBufferBytes = Math.max(mostBufferBytes, process.memoryUsage().arrayBuffers);
  if (position >= last) done.abort();
}

const store = await ReadOnlyEventStore.open('shop', { storageDirectory, readCacheBytes: 4_194_304 });
process.on('message', (message) => {
  last = message as number;
  if (seen.count >= last) done.abort();
});
process.send!('open');
if (way === 'consumer') {
  await store
    .getConsumer<object, Numbered>('_all', 'small', {}, 0, { checkpoint: { everyEvents: 100 } })
    .run(take, done);
} else {
  const events = way === 'all' ? store.getAllEvents<Numbered>() : store.getEventStreamForCategory<Numbered>('s');
  for await (const { payload, metadata } of events.follow(done)) take(payload, metadata);
}
const answered = once(process, 'disconnect');
process.send!({ ...seen, mostBufferBytes });
await store.close();
await answered;
