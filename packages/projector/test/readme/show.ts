/** The README's example of reading the state of a projection in another process. */
// #region readme
import { readProjectionState } from '../../src/index.ts';
import { projection } from './balances.ts';

const { position, state } = readProjectionState(projection, { storageDirectory: './data', store: 'bank' });
console.log(state['anna'], 'as of position', position);
// #endregion readme
