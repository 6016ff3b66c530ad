/** A process that follows the registry of another process and shows it, read-only. It never loads the writer's code. */
import { ReadOnlyEventStore } from '@varve/core';
import { registry } from './model/registry.ts';
import type { RegistryOptions } from './options.ts';
import { RegistryServer } from './serving/registry-server.ts';
import { storeName } from './store-name.ts';

/** Serves until `signal` aborts. Rejects with the error when something else ends it. */
export async function follow({ directory, port }: RegistryOptions, signal: AbortSignal): Promise<void> {
  await using store = await ReadOnlyEventStore.open(storeName, { storageDirectory: directory });
  await using follower = await registry.follow(store);
  const ended = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => ended.resolve());
  store.on('error', (error) => ended.reject(error));
  follower.on('error', (error) => ended.reject(error));
  const onFailure = (error: unknown): void => console.error(error instanceof Error ? error.message : error);
  await using server = await new RegistryServer({ system: follower, store, directory, onFailure }).listen(port);
  follower.on('command', () => server.changed());
  console.log(`REP-DETECT follower online, read-only, ${server.url}`);
  console.log(`Store: ${directory}  |  Replicants on file: ${follower.model.replicants.size}`);
  if (!signal.aborted) await ended.promise;
}
