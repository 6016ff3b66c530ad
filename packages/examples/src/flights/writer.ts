/**
 * The program of the writer process. The job starts it, tells it what to write and how far it may go, and kills it in
 * the middle; started again, it continues after the last event in the store. It ends by itself when everything is
 * written, when it is told to stop, and when the job has ended.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { EventStore } from '@varve/writer';
import { CommitPlan } from './data/commit-plan.ts';
import { readFlights } from './data/flight.ts';
import { storeName } from './store-name.ts';
import { FlightWriter } from './writing/flight-writer.ts';
import { Pace } from './writing/pace.ts';
import type { JobMessage, WriterMessage, WriterSettings } from './writing/writer-messages.ts';

/** The time between two checks of what is due. */
const tickMs = 4;

const stopping = new AbortController();
let allowedUpTo = 0;

// A terminal sends SIGINT to all processes at once; the job decides in which order they end.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => stopping.abort());
process.on('disconnect', () => stopping.abort());
process.on('message', hear);
if (!process.connected) fail(new Error('This is the program of the writer process, which the flights job starts.'));

function hear(message: JobMessage): void {
  switch (message.type) {
    case 'write':
      void write(message.settings)
        .catch(fail)
        .finally(() => process.disconnect?.());
      break;
    case 'allow':
      allowedUpTo = message.upTo;
      break;
    case 'stop':
      stopping.abort();
      break;
  }
}

async function write({ storageDirectory, flights, eventsPerSecond }: WriterSettings): Promise<void> {
  const plan = new CommitPlan(readFlights(flights));
  await using store = await EventStore.open(storeName, { storageDirectory });
  const writer = new FlightWriter(store, plan);
  const pace = new Pace(eventsPerSecond);
  send({ type: 'open', position: writer.position });
  while (!writer.isFinished && !stopping.signal.aborted) {
    const due = pace.take(performance.now(), allowedUpTo - writer.position);
    await writer.commitNext(due)?.flushed;
    await wait(tickMs);
  }
  if (!writer.isFinished) throw new Error(`It was told to stop at position ${writer.position}.`);
}

function send(message: WriterMessage): void {
  process.send?.(message);
}

function fail(error: unknown): void {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
