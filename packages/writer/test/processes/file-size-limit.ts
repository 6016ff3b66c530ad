/** A program that a test runs with a limit on the size of files: commits until there is no room, and reports how far it came. */
import { EventStore } from '@varve/writer';

const [storageDirectory] = process.argv.slice(2) as [string];
const store = new EventStore('store', { storageDirectory });
const isFull = new Promise<string>((resolve) => {
  store.on('error', (error) => resolve((error as { code?: string }).code ?? error.message));
});
let durable = 0;
let told: string | undefined;
while (told === undefined && durable < 1000) {
  const commit = store.commit('s', { n: durable + 1, text: 'x'.repeat(1000) });
  told = await Promise.race([commit.durable.then(() => undefined), isFull]);
  if (told === undefined) durable++;
}
console.log(JSON.stringify({ code: told, durable, position: store.position }));
// Ends as a killed process does: what is not written is lost.
process.kill(process.pid, 'SIGKILL');
