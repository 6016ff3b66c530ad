/** The README's example of a program that runs projections. */
// #region readme
// run.ts
import { Projector, runProjector } from '../../src/index.ts';

const projector = new Projector({
  projections: [new URL('./balances.ts', import.meta.url)],
  storageDirectory: './data',
  store: 'bank',
});
projector.on('restart', ({ name, error, delayMs }) => console.log(`${name}: ${error.message}, again in ${delayMs} ms`));
projector.on('caught-up', ({ name, position, liveLag }) => console.log(name, position, liveLag.p99Ms));
await runProjector(projector);
// #endregion readme
