/**
 * A projector in a process of its own: `supervisor.js <storage directory>`. Prints, as a line of JSON, the ids of its workers
 * whenever one of them has changed.
 */
import { Projector, runProjector } from '@varve/projector';
import { modules } from './modules.ts';

const [storageDirectory = ''] = process.argv.slice(2);
const restart = { initialDelayMs: 20, maxDelayMs: 200, maxFailures: 50 };
const projector = new Projector({
  storageDirectory,
  store: 'kills',
  projections: modules,
  checkpoint: { everyEvents: 50, everyMs: 50 },
  restart,
  stopTimeoutMs: 2000,
});
projector.on('status', () => {
  const pids = projector.status().flatMap(({ pid, parts }) => [pid, ...parts.map((part) => part.pid)]);
  process.stdout.write(`${JSON.stringify([...new Set(pids)].filter((pid) => pid !== undefined))}\n`);
});
await runProjector(projector);
