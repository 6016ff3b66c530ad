/**
 * A process that reads while writers are killed: follows the log, or runs a consumer that keeps a checksum as its state.
 * Arguments: the directory, the store, and `follow` or `consume`. When it is sent a position, it reports what it has seen as
 * soon as it gets there, and ends. It may be killed as well: a consumer resumes where it was.
 */
import { crc32 } from 'node:zlib';
import { type EventMetadata, ReadOnlyEventStore } from '@varve/core';
import { checksumText, type Seen, SeenEvents } from './settings.ts';

const [storageDirectory, name, way] = process.argv.slice(2) as [string, string, 'follow' | 'consume'];
const store = await ReadOnlyEventStore.open(name, { storageDirectory, readCacheBytes: 1 });
const done = new AbortController();
let last = Infinity;
let position = 0;

// The parent process is gone.
process.on('disconnect', () => process.exit());
process.on('message', (message) => {
  last = message as number;
  reached(position);
});

function reached(now: number): void {
  position = now;
  if (position >= last) done.abort();
}

async function follow(): Promise<Seen> {
  const seen = new SeenEvents();
  for await (const { payload, metadata } of store.getAllEvents().follow(done)) {
    seen.add(payload, metadata);
    reached(metadata.position);
  }
  return seen.seen;
}

async function consume(): Promise<Seen> {
  const checkpoint = { everyEvents: 64 };
  const consumer = store.getConsumer<{ crc: number }>('_all', 'killed', { crc: 0 }, 0, { checkpoint });
  consumer.on('caught-up', () => reached(consumer.position));
  await consumer.run((payload, metadata: EventMetadata) => {
    consumer.setState(({ crc }) => ({ crc: crc32(checksumText(payload, metadata), crc) }));
    reached(metadata.position);
  }, done);
  return { position: consumer.position, hash: String(consumer.state.crc) };
}

process.send!('open');
const seen = way === 'follow' ? await follow() : await consume();
await store.close();
process.send!(seen, () => process.disconnect());
