/** A supervisor whose own listener throws: `throwing-listener.ts <storage directory> <module>...`. */
import { Projector } from '../../src/index.ts';

const [storageDirectory = '', ...projections] = process.argv.slice(2);
const projector = new Projector({ storageDirectory, store: 'ledger', projections });
projector.on('progress', () => {
  throw new Error('the listener is at fault');
});
await projector.start();
