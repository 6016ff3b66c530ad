/** Consumers of a specimen, and the dead letters of a projection: what is saved beside a store, and nowhere else. */
import { type ConsumedSource, type FileSystem, readConsumerState } from '@varve/core';
import { ConsumerFile } from '@varve/core/internal';
import { type DeadLetter, readDeadLetters } from '@varve/projector';
import type { Line } from './readings.ts';
import { storePlace, type Workshop } from './specimens.ts';

const directory = `${storePlace.storageDirectory}/${storePlace.store}/consumers`;

interface Seen {
  readonly seen: readonly number[];
}

/** Two consumers of one stream, one of everything, and one of a category; and letters of a projection. */
export async function makeConsumers(work: Workshop): Promise<void> {
  await consume(work, 'user-1', 'counts', 'user-1.counts');
  await consume(work, 'user-1', 'mails', 'user-1.mails');
  await consume(work, '_all', 'counts', '_all.counts');
  await consume(work, { category: 'user' }, 'counts', 'user.counts.category');
  writeLetters(work);
}

/** Runs a consumer that saves after each event, to the end. */
async function consume(work: Workshop, stream: ConsumedSource, consumerId: string, file: string): Promise<void> {
  const initial: Seen = { seen: [] };
  const consumer = work.store.getConsumer<Seen, { n: number }>(stream, consumerId, initial, 0, {
    checkpoint: { everyEvents: 1 },
  });
  const lines: Line[] = [];
  const stop = new AbortController();
  consumer.on('caught-up', () => stop.abort());
  await consumer.run(
    ({ n }, { position }) => {
      consumer.setState(({ seen }) => ({ seen: [...seen, n] }));
      lines.push(lineOf(position, consumer.state));
    },
    { signal: stop.signal },
  );
  work.saved.push({
    name: `consumer ${file}`,
    path: `${directory}/${file}.state`,
    lines,
    read: (fileSystem) => {
      const saved = readConsumerState({ ...storePlace, stream, consumerId, fileSystem });
      return saved === undefined ? [] : [lineOf(saved.position, saved.state)];
    },
  });
}

/** Writes letters as the worker of a projection does: all in one record, in a new file each time. */
function writeLetters(work: Workshop): void {
  const projection = { name: 'counts', version: 1, stream: '_all' };
  const letters: DeadLetter[] = [2, 5].map((position) => ({
    position,
    committedAtUs: position * 7,
    eventType: 'Named',
    event: { type: 'Named', n: position },
    error: { message: 'no number', stack: 'at count' },
    attempts: 3,
    skippedAtUs: 1_000 + position,
  }));
  const file = new ConsumerFile({
    fileSystem: work.fileSystem,
    directory: `${directory}/dead-letters`,
    storeId: work.store.storage.description.id,
    source: projection.stream,
    consumerId: projection.name,
    holds: 'dead letters',
  });
  file.acquire();
  file.save({ position: 5, epoch: 0, frameChecksum: 0, state: { letters } }, true);
  file.release();
  const read = (fileSystem: FileSystem): Line[] => {
    const found = readDeadLetters(projection, { ...storePlace, fileSystem });
    return found.length === 0 ? [] : [lineOf(found.at(-1)!.position, found)];
  };
  const path = `${directory}/dead-letters/_all.counts.state`;
  work.saved.push({ name: 'dead letters', path, lines: [lineOf(5, letters)], read });
}

function lineOf(position: number, state: unknown): Line {
  return { position, text: JSON.stringify([position, state]) };
}
