/**
 * Branches of core and writer that their tests reach: `npm run coverage`. The packages are taken from their sources, so that what
 * the tests of one reach in the other counts; what child processes do does not.
 */
import { join } from 'node:path';
import { defineConfig, mergeConfig } from 'vitest/config';
import base from './vitest.config.ts';

const core = join(import.meta.dirname, 'packages/core/src');

export default mergeConfig(
  base,
  defineConfig({
    resolve: {
      alias: [
        { find: /^@varve\/core\/(internal|testing)$/, replacement: `${core}/$1` },
        { find: /^@varve\/core$/, replacement: `${core}/index.ts` },
        { find: /^@varve\/writer$/, replacement: join(import.meta.dirname, 'packages/writer/src/index.ts') },
      ],
    },
    test: {
      coverage: {
        provider: 'v8',
        include: ['packages/core/src/**/*.ts', 'packages/writer/src/**/*.ts'],
        exclude: ['**/*.test.ts', 'packages/core/src/testing/**'],
        reporter: ['text', 'json-summary'],
        reportsDirectory: 'coverage',
        thresholds: { branches: 95 },
      },
    },
  }),
);
