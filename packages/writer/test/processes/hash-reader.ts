/**
 * Follows a store and hashes everything that it sees, until it is sent the last position; then reports the hash. Arguments: the
 * storage directory, and 'all', 'category' or 'consumer' for how it reads.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type EventMetadata, ReadOnlyEventStore } from '@varve/core';

const [storageDirectory, way] = process.argv.slice(2) as [string, string];
const hash = createHash('sha256');
let seen = 0;
let last = Infinity;
const done = new AbortController();

function take(payload: unknown, { position, stream }: EventMetadata): void {
  hash.update(`${position} ${stream} ${JSON.stringify(payload)}\n`);
  seen = position;
  if (seen >= last) done.abort();
}

const store = await ReadOnlyEventStore.open('shop', { storageDirectory, readCacheBytes: 1 });
process.on('message', (message) => {
  last = message as number;
  if (seen >= last) done.abort();
});
process.send!('open');
if (way === 'consumer') {
  const checkpoint = { everyEvents: 100 };
  await store.getConsumer('_all', `reader-${process.pid}`, {}, 0, { checkpoint }).run(take, done);
} else {
  const events = way === 'all' ? store.getAllEvents() : store.getEventStreamForCategory('s');
  for await (const { payload, metadata } of events.follow(done)) take(payload, metadata);
}
const answered = once(process, 'disconnect');
process.send!({ seen, hash: hash.digest('hex') });
await store.close();
await answered;
