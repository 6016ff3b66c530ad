/**
 * A supervisor as a separate process: `supervisor.ts <storage directory> <module>...`. Prints the status of its
 * projections as a line of JSON when all events were handled.
 */
import { Projector, runProjector } from '../../src/index.ts';

const [storageDirectory = '', ...projections] = process.argv.slice(2);
const projector = new Projector({ storageDirectory, store: 'ledger', projections });
projector.on('caught-up', () => {
  const statuses = projector.status();
  if (statuses.every(({ isLive }) => isLive)) process.stdout.write(`${JSON.stringify(statuses)}\n`);
});
await runProjector(projector);
