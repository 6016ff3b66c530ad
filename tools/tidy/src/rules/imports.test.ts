import { describe, expect, it } from 'vitest';
import { SourceFile } from '../source-file.ts';
import { imports } from './imports.ts';

function foundIn(path: string, text: string): string[] {
  return imports(new SourceFile(path, text)).map((finding) => finding.found);
}

describe('arrows between workspaces', () => {
  it.each([
    ['packages/core/src/store/store.ts', '@varve/writer'],
    ['packages/core/src/store/store.test.ts', '@varve/writer'],
    ['packages/writer/src/commit.ts', '@varve/projector'],
    ['packages/projector/src/worker.ts', '@varve/writer'],
    ['tools/tidy/src/main.ts', '@varve/core'],
    ['packages/writer/src/commit.ts', '@varve/unheard-of'],
    ['packages/unheard-of/src/index.ts', '@varve/core'],
  ])('%s may not import %s', (path, specifier) => {
    expect(foundIn(path, `import { x } from '${specifier}';`)).toHaveLength(1);
  });

  it.each([
    ['packages/writer/src/commit.ts', '@varve/core'],
    ['packages/projector/src/worker.ts', '@varve/core'],
    ['packages/projector/test/restart.int.test.ts', '@varve/writer'],
    ['packages/examples/src/flights/main.ts', '@varve/projector'],
    ['bench/src/main.ts', '@varve/writer'],
    ['packages/core/test/api.int.test.ts', '@varve/core'],
  ])('%s may import %s', (path, specifier) => {
    expect(foundIn(path, `import { x } from '${specifier}';`)).toEqual([]);
  });

  it.each([
    "import type { X } from '@varve/writer';",
    "export { x } from '@varve/writer';",
    "export * from '@varve/writer';",
    "const { x } = await import('@varve/writer');",
    "type X = import('@varve/writer').X;",
    "import { x } from '../../writer/src/commit.ts';",
  ])('sees %s', (text) => {
    expect(foundIn('packages/core/src/index.ts', text)).toHaveLength(1);
  });

  it('reads the dependencies of a manifest', () => {
    const manifest = { dependencies: { '@varve/writer': '0.1.0', execa: '1.0.0' } };
    const text = JSON.stringify(manifest, null, 2);
    const findings = imports(new SourceFile('packages/projector/package.json', text));
    expect(findings).toMatchObject([{ line: 3, found: 'packages/projector imports @varve/writer' }]);
    const forTests = JSON.stringify({ devDependencies: { '@varve/writer': '0.1.0' } });
    expect(foundIn('packages/projector/package.json', forTests)).toEqual([]);
    expect(foundIn('packages/core/package.json', forTests)).toHaveLength(1);
  });
});

describe('layers inside core', () => {
  it.each([
    ['packages/core/src/format/frame.ts', '../codec/codec.ts'],
    ['packages/core/src/format/frame.ts', 'msgpackr'],
    ['packages/core/src/format/frame.ts', 'node:fs'],
    ['packages/core/src/storage/segment.ts', '../store/read-only-event-store.ts'],
    ['packages/core/src/errors.ts', './format/frame.ts'],
    ['packages/core/src/new-folder/thing.ts', '../errors.ts'],
  ])('%s may not import %s', (path, specifier) => {
    expect(foundIn(path, `import { x } from '${specifier}';`)).not.toEqual([]);
  });

  it.each([
    ['packages/core/src/format/frame.ts', './bytes.ts'],
    ['packages/core/src/format/frame.ts', '../errors.ts'],
    ['packages/core/src/format/frame.ts', 'node:zlib'],
    ['packages/core/src/format/frame.test.ts', '../codec/codec.ts'],
    ['packages/core/src/storage/segment.ts', '../format/frame.ts'],
    ['packages/core/src/index.ts', './store/read-only-event-store.ts'],
  ])('%s may import %s', (path, specifier) => {
    expect(foundIn(path, `import { x } from '${specifier}';`)).toEqual([]);
  });
});

describe('what only one folder may touch', () => {
  it('keeps the disk behind the FileSystem interface', () => {
    const text = "import { openSync } from 'node:fs';";
    expect(foundIn('packages/writer/src/commit.ts', text)).toHaveLength(1);
    expect(foundIn('packages/core/src/file-system/real-file-system.ts', text)).toEqual([]);
    expect(foundIn('packages/writer/test/commit.int.test.ts', text)).toEqual([]);
    expect(foundIn('bench/src/main.ts', text)).toEqual([]);
  });

  it('keeps time and randomness behind the Clock interface', () => {
    expect(foundIn('packages/writer/src/commit.ts', 'const now = Date.now();')).toHaveLength(1);
    expect(foundIn('packages/core/src/clock/system-clock.ts', 'const now = Date.now();')).toEqual([]);
  });
});
