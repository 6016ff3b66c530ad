/**
 * A process, or a thread, that opens a store for writing, reports how that went, and holds it until it is told to close or is
 * killed. Arguments: the storage directory, the name of the store, and the options of the storage as JSON.
 */
import { cpSync } from 'node:fs';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { EventStore } from '../../src/index.ts';

const values = isMainThread ? process.argv.slice(2) : (workerData as string[]);
const [storageDirectory, name, storageConfig = '{}'] = values as [string, string, string?];

function say(message: unknown): void {
  if (parentPort === null) process.send!(message);
  else parentPort.postMessage(message, []);
}

function hear(listener: (message: unknown) => void): void {
  if (parentPort === null) process.on('message', listener);
  else parentPort.on('message', listener);
}

function failed(error: unknown): void {
  const { code, hint, message, cause } = error as { code: unknown; hint: unknown; message: string; cause?: unknown };
  say({ code, hint, message, cause: (cause as { code?: unknown } | undefined)?.code });
}

try {
  const options = JSON.parse(storageConfig) as object;
  const store = new EventStore(name, { storageDirectory, storageConfig: options });
  const commands: Record<string, () => unknown> = {
    commit: () => store.commit('held', { by: 'the holder' }).flushed,
    fill: () => store.commit('held', { by: 'the holder', text: 'x'.repeat(2_000) }).durable,
    copy: () => cpSync(`${storageDirectory}/${name}`, `${storageDirectory}/copied`, { recursive: true }),
  };
  // Whoever made the request is told.
  store.on('error', () => undefined);
  hear((message) => {
    if (message === 'close') {
      store
        .close()
        .then(() => say('closed'), failed)
        .finally(() => (parentPort === null ? process.disconnect() : parentPort.close()));
      return;
    }
    const command = commands[message as string]!;
    // A commit may throw, and may be rejected.
    Promise.resolve()
      .then(command)
      .then(() => say(message === 'commit' ? 'committed' : message), failed);
  });
  say('open');
} catch (error) {
  failed(error);
  if (parentPort === null) process.disconnect();
  else parentPort.close();
}
