import { defineConfig } from 'vitest/config';

/** One configuration for every workspace: each runs it from its own folder, and `npx vitest` at the root runs them all. */
export default defineConfig({
  test: {
    include: ['**/src/**/*.test.ts', '**/test/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    // Real files and real processes: a loaded machine may need a while, a hang must still end.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
    restoreMocks: true,
  },
});
