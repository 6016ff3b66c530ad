/**
 * Runs one projection in this process: opens the store for reading, follows the projection's stream, saves position and
 * state together. Never loads the writer, and never ends on its own: it is stopped, or it fails.
 */
import { ReadOnlyEventStore } from '@varve/core';
import { checkpointDefaults } from '@varve/core/internal';
import { consumerIdOf, type Projection } from '../projection/projection.ts';
import { DeadLetterFile } from '../dead-letters/dead-letter-file.ts';
import { EvolveError } from '../protocol/error-report.ts';
import type { WorkerMessage, WorkerSettings } from '../protocol/messages.ts';
import { EventAttempts } from './event-attempts.ts';
import { foldOf } from './fold.ts';
import { Progress } from './progress.ts';
import { countedSourceOf } from './projection-source.ts';
import { finishReplay, replayDeadLetters } from './replay.ts';

/** Sends a message of the worker; resolves when it has left. */
export type Send = (message: WorkerMessage) => Promise<void>;

/**
 * Resolves when `signal` aborted and the state was saved. Rejects with what the projection's functions threw, or with
 * the error of reading the store; events handled before that are saved.
 */
export async function runProjection(
  projection: Projection,
  settings: WorkerSettings,
  send: Send,
  signal: AbortSignal,
): Promise<void> {
  const { storageDirectory, stateDirectory } = settings;
  const store = await ReadOnlyEventStore.open(settings.store, {
    storageDirectory,
    ...(stateDirectory === undefined ? {} : { consumerDirectory: stateDirectory }),
  });
  try {
    await follow(store, projection, settings, send, signal);
  } finally {
    await store.close();
  }
}

async function follow(
  store: ReadOnlyEventStore,
  projection: Projection,
  settings: WorkerSettings,
  send: Send,
  signal: AbortSignal,
): Promise<void> {
  const { stream, initialState } = projection;
  const { checkpoint, reportIntervalMs, heartbeatIntervalMs } = settings;
  const consumer = store.getConsumer<unknown>(stream, consumerIdOf(projection, settings.part), initialState, 0, {
    checkpoint,
  });
  const storeFailed = new Promise<never>((_, reject) => {
    store.on('error', reject);
  });
  const deadLetters = deadLettersOf(store, projection, settings.part);
  const replay = { store, projection, part: settings.part, deadLetters };
  finishReplay(replay);
  if (settings.replaysDeadLetters) void send({ type: 'replayed', ...replayDeadLetters(replay) });
  let progress: Progress | undefined;
  consumer.once('start', (startPosition) => {
    progress = new Progress({
      source: countedSourceOf(stream, store),
      storePosition: () => store.position,
      startPosition,
      reportIntervalMs,
      heartbeatIntervalMs,
      deadLetters: () => deadLetters.positions,
      send: (report) => void send({ type: 'progress', ...report }),
    });
    void send({ type: 'running', position: startPosition, lagEvents: progress.lagEvents });
    progress.start();
  });
  store.on('advance', () => progress?.advanced());
  consumer.on('persisted', (position) => progress?.saved(position));
  consumer.on('caught-up', () => progress?.caughtUp());
  const { handle } = new EventAttempts({
    fold: foldOf(projection, consumer, settings.part),
    readEvent: (position) => store.readEvent(position),
    rules: projection,
    retry: settings.retry,
    deadLetters,
    condemned: settings.condemned,
    // The event that killed the previous process is among those after the saved state, and there are at most this many
    // of those.
    announcedEvents: settings.announcesEvents ? (checkpoint.everyEvents ?? checkpointDefaults.everyEvents) : 0,
    announce: (position) => send({ type: 'attempt', position }),
    handled: (metadata) => progress?.handled(metadata),
    clock: store.storage.options.clock,
    signal,
  });
  try {
    await Promise.race([consumer.run(handle, { signal }), storeFailed]);
    progress?.finish();
  } catch (error) {
    // If the store failed, asking it for its position would only hide the cause.
    if (error instanceof EvolveError) progress?.finish();
    throw error;
  }
}

function deadLettersOf({ storage }: ReadOnlyEventStore, projection: Projection, part: number): DeadLetterFile {
  const { fileSystem } = storage.options;
  const storeId = storage.description.id;
  return new DeadLetterFile({ fileSystem, stateDirectory: storage.consumerDirectory, storeId, projection, part });
}
