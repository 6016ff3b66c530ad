/** The process that executes the commands of the registry and takes orders. */
import { mkdirSync } from 'node:fs';
import { EventStore } from '@varve/writer';
import { Orders } from './model/orders.ts';
import { registry } from './model/registry.ts';
import { seed } from './model/seed.ts';
import { type RegistryOptions, UsageError } from './options.ts';
import { RegistryServer } from './serving/registry-server.ts';
import { storeName } from './store-name.ts';

/** Serves until `signal` aborts. Rejects with the error when something else ends it. */
export async function operate({ directory, port, delayMs }: RegistryOptions, signal: AbortSignal): Promise<void> {
  makeDirectory(directory);
  await using store = await EventStore.open(storeName, { storageDirectory: directory });
  // Orders that meet the same error are refused; the terminal's owner reads the reason here.
  store.on('error', report);
  await using db = await registry.open(store);
  if (db.model.replicants.size === 0) await db.do.seed(seed);
  const orders = new Orders(db, delayMs);
  const ended = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => ended.resolve());
  db.on('error', (error) => ended.reject(error));
  db.on('snapshotFailed', report);
  await using server = await new RegistryServer({ system: db, store, directory, orders, onFailure: report }).listen(
    port,
  );
  console.log(`REP-DETECT terminal online, ${server.url}`);
  console.log(`Store: ${directory}  |  Replicants on file: ${db.model.replicants.size}`);
  console.log(`Journal: ${server.url}/journal  |  A follower, in another terminal: npm run registry -- --follow`);
  try {
    if (!signal.aborted) await ended.promise;
  } finally {
    await orders.end();
  }
}

function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw new UsageError(`--directory ${path} cannot be used: ${(error as Error).message}`, { cause: error });
  }
}

function report(error: unknown): void {
  console.error(error instanceof Error ? error.message : error);
}
