import { describe, expect, it } from 'vitest';
import { SourceFile } from '../source-file.ts';
import { names } from './names.ts';

function foundIn(path: string): string[] {
  return names(new SourceFile(path, '')).map((finding) => finding.found);
}

describe('names', () => {
  it.each([
    'packages/core/src/utils.ts',
    'packages/core/src/util/hash.ts',
    'packages/core/src/string-helpers.ts',
    'packages/core/test/helper.ts',
    'bench/src/common.ts',
    'docs/misc.md',
  ])('finds the grab bag %s', (path) => {
    expect(foundIn(path)).toEqual([expect.stringContaining('grab bag')]);
  });

  it.each([
    'packages/core/src/EventStore.ts',
    'packages/core/src/event_store.ts',
    'packages/core/src/eventStore.test.ts',
  ])('finds %s', (path) => {
    expect(foundIn(path)).toEqual([expect.stringContaining('kebab-case')]);
  });

  it.each([
    'packages/core/src/event-stream.ts',
    'packages/core/src/event-stream.int.test.ts',
    'packages/core/README.md',
    'LICENSE',
    '.github/workflows/ci.yml',
    'docs/decisions/0001-tooling.md',
    'tsconfig.build.json',
    'packages/core/src/stream/community.ts',
  ])('lets %s pass', (path) => {
    expect(foundIn(path)).toEqual([]);
  });
});
