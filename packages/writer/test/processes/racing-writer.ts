/**
 * A process that tries to open a store whenever it is sent its name. It reports its process id and commits when it succeeds,
 * otherwise it reports the code of the error. Holds the store until it is told `close`. Arguments: the storage directory.
 */
import { EventStore } from '../../src/index.ts';

const [storageDirectory] = process.argv.slice(2) as [string];
let store: EventStore | undefined;

async function race(name: string): Promise<unknown> {
  try {
    store = new EventStore(name, { storageDirectory });
    const { epoch } = store.storage;
    await store.commit('winners', { epoch }).flushed;
    return process.pid;
  } catch (error) {
    return (error as { code: unknown }).code;
  }
}

process.on('message', (message) => {
  if (message === 'close') void store!.close().then(() => process.send!('closed'));
  else void race(message as string).then((answer) => process.send!(answer));
});
process.send!('ready');
