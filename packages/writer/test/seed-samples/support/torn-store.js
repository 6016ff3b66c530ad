/** A store whose writer was killed in the middle of a write, and what is left of it after recovery. */
import { EventStore } from '@varve/writer';
import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';

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
  appendFileSync('./data/my-event-store/partitions/000001-shared/000000000000.seg', Buffer.alloc(40, 7));
}

export async function showRecovered(eventstore) {
  await new Promise((resolve) => eventstore.on('ready', resolve));
  eventstore.commit('my-stream', { n: 3 });
  console.log(
    eventstore
      .getEventStream('my-stream')
      .events.map(({ n }) => n)
      .join(' '),
  );
  await eventstore.close();
  const again = open();
  console.log(again.getStreamVersion('my-stream'));
  await again.close();
}
