/** A store whose writer was killed in the middle of a write, and what is left of it after recovery. */
import { EventStore } from '@varve/writer';
import { execFileSync } from 'node:child_process';
import { appendFileSync, readdirSync, statSync } from 'node:fs';
import { numbersIn } from './numbers.js';

const partition = './data/my-event-store/partitions/000001-shared';
const segment = () => `${partition}/${readdirSync(partition)[0]}`;
let tornBytes = 0;

const open = () => new EventStore('my-event-store', { storageDirectory: './data' });

export async function leaveTornCommit() {
  const program = `
    import { EventStore } from ${JSON.stringify(import.meta.resolve('@varve/writer'))};
    const store = new EventStore('my-event-store', { storageDirectory: './data' });
    store.commit('my-stream', [{ n: 1 }, { n: 2 }]);
    store.flush();
    process.kill(process.pid, 'SIGKILL');
  `;
  try {
    execFileSync(process.execPath, ['--input-type=module', '--eval', program], { stdio: 'inherit' });
  } catch (error) {
    console.log(error.signal);
  }
  // What it was about to write: a frame whose end never came.
  appendFileSync(segment(), Buffer.alloc(40, 7));
  tornBytes = statSync(segment()).size;
}

export async function showRecovered(eventstore) {
  await new Promise((resolve) => eventstore.on('ready', resolve));
  console.log(readdirSync(partition).length, tornBytes - statSync(segment()).size);
  eventstore.commit('my-stream', { n: 3 });
  console.log(numbersIn(eventstore));
  await eventstore.close();
  const again = open();
  console.log(again.getStreamVersion('my-stream'));
  await again.close();
}
