/**
 * Branches of core and writer that tests reach: `npm run coverage`. The packages are taken from their sources, so that what
 * the tests of one reach in the other counts; what child processes and threads do does not. What is not reached, and why:
 * docs/coverage.md.
 */
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

const core = join(import.meta.dirname, 'packages/core/src');

export default defineConfig({
  ...base,
  resolve: {
    alias: [
      { find: /^@varve\/core\/(internal|testing)$/, replacement: `${core}/$1` },
      { find: /^@varve\/core$/, replacement: `${core}/index.ts` },
      { find: /^@varve\/writer$/, replacement: join(import.meta.dirname, 'packages/writer/src/index.ts') },
    ],
  },
  test: {
    ...base.test,
    // The last one damages snapshots, and looks at what is read then.
    include: ['packages/{core,writer}/{src,test}/**/*.test.ts', 'packages/prevalence/test/damaged-files.int.test.ts'],
    // They do what others do, millions of times or in processes of their own, and reach no branch that these leave out.
    exclude: [
      ...(base.test?.exclude ?? []),
      '**/test/crash-states*.test.ts',
      '**/test/replica-copies.test.ts',
      '**/test/{writer-races,writer-kills,consumer-kills,small-heap,seed-samples,environment}.int.test.ts',
    ],
    coverage: {
      provider: 'v8',
      include: ['packages/core/src/**/*.ts', 'packages/writer/src/**/*.ts'],
      exclude: ['**/*.test.ts', 'packages/core/src/testing/**'],
      reporter: ['text', 'json-summary'],
      reportsDirectory: 'coverage',
      thresholds: { branches: 95 },
    },
  },
});
