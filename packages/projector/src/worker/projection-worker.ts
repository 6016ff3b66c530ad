/**
 * Runs one projection in this process: opens the store for reading, follows the projection's stream, saves position
 * and state together. Never loads the writer, and never decides to end by itself: it is stopped, or it fails.
 */
import { ReadOnlyEventStore } from '@varve/core';
import { consumerIdOf, type Projection } from '../projection/projection.ts';
import { EvolveError } from '../protocol/error-report.ts';
import type { WorkerMessage, WorkerSettings } from '../protocol/messages.ts';
import { foldOf } from './fold.ts';
import { Progress } from './progress.ts';
import { sourceOf } from './projection-source.ts';

/**
 * Resolves when `signal` aborted and the state was saved. Rejects with what the projection's functions threw, or
 * with why the store cannot be read; what was handled before is saved.
 */
export async function runProjection(
  projection: Projection,
  settings: WorkerSettings,
  send: (message: WorkerMessage) => void,
  signal: AbortSignal,
): Promise<void> {
  const { storageDirectory, stateDirectory } = settings;
  const store = await ReadOnlyEventStore.open(settings.store, {
    storageDirectory,
    upcasters: projection.upcasters,
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
  send: (message: WorkerMessage) => void,
  signal: AbortSignal,
): Promise<void> {
  const { stream, initialState } = projection;
  const { checkpoint, reportIntervalMs, heartbeatIntervalMs } = settings;
  const consumer = store.getConsumer<unknown>(stream, consumerIdOf(projection), initialState, 0, { checkpoint });
  const storeFailed = new Promise<never>((_, reject) => {
    store.on('error', reject);
  });
  let progress: Progress | undefined;
  consumer.once('start', (startPosition) => {
    send({ type: 'running', position: startPosition });
    progress = new Progress({
      source: sourceOf(stream, store),
      storePosition: () => store.position,
      startPosition,
      reportIntervalMs,
      heartbeatIntervalMs,
      send: (report) => send({ type: 'progress', ...report }),
    });
    progress.start();
  });
  store.on('advance', () => progress?.advanced());
  consumer.on('persisted', (position) => progress?.saved(position));
  consumer.on('caught-up', () => progress?.caughtUp());
  const handler = foldOf(projection, consumer, (metadata) => progress?.handled(metadata));
  try {
    await Promise.race([consumer.run(handler, { signal }), storeFailed]);
    progress?.finish();
  } catch (error) {
    // When it was the store that failed, asking it how far it is would only hide why.
    if (error instanceof EvolveError) progress?.finish();
    throw error;
  }
}
