/**
 * Makes the golden stores anew: `npm run golden -w @varve/writer`. Only on purpose: what is there is what stores of
 * this format version look like, and every later version of Varve must read it.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { goldenStores } from './golden-stores.ts';
import { expectedOf, makeGoldenStore } from './make-golden-store.ts';

const versions = join(import.meta.dirname, '../../../core/test/golden');
for (const golden of goldenStores) {
  const folder = join(versions, golden.version ?? 'v1-owned-files');
  rmSync(join(folder, golden.name), { recursive: true, force: true });
  await makeGoldenStore(folder, golden);
  writeFileSync(join(folder, `${golden.name}.golden`), expectedOf(golden));
  console.log(`made ${golden.name}`);
}
