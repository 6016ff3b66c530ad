/**
 * A process, or a thread, that opens a store for writing, says how that went, and holds it until it is told to close
 * or is killed. Arguments: the storage directory and the name of the store.
 */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { EventStore } from '../../src/index.ts';

const [storageDirectory, name] = isMainThread ? process.argv.slice(2) : (workerData as string[]);

function say(message: unknown): void {
  if (parentPort === null) process.send!(message);
  else parentPort.postMessage(message, []);
}

function hear(listener: (message: unknown) => void): void {
  if (parentPort === null) process.on('message', listener);
  else parentPort.on('message', listener);
}

try {
  const store = new EventStore(name, { storageDirectory: storageDirectory! });
  hear((message) => {
    if (message === 'commit') store.commit('held', { by: 'the holder' }).flushed.then(() => say('committed'), say);
    if (message === 'close') {
      store.close().then(() => {
        say('closed');
        if (parentPort === null) process.disconnect();
        else parentPort.close();
      }, say);
    }
  });
  say('open');
} catch (error) {
  const { code, hint, message } = error as { code: unknown; hint: unknown; message: string };
  say({ code, hint, message });
  if (parentPort === null) process.disconnect();
  else parentPort.close();
}
