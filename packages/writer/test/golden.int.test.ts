/**
 * The current writer makes the same bytes as the one that made the golden stores, given the same commits, clock and random
 * source. When this fails, the format has changed: is it meant to, and can every existing store still be read? Then see
 * golden/make-all.ts.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { goldenStores } from './golden/golden-stores.ts';
import { contentsOf, expectedOf, makeGoldenStore } from './golden/make-golden-store.ts';

const versions = join(import.meta.dirname, '../../core/test/golden');
let temporary: string;

beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'varve-golden-'));
});

afterEach(() => rmSync(temporary, { recursive: true }));

describe.each(goldenStores)('the golden store $name', (golden) => {
  const folder = join(versions, golden.version ?? 'v1-owned-files');
  it('is made byte for byte', async () => {
    await makeGoldenStore(temporary, golden);
    const made = contentsOf(join(temporary, golden.name));
    const kept = contentsOf(join(folder, golden.name));
    expect(Object.keys(made)).toEqual(Object.keys(kept));
    for (const [path, bytes] of Object.entries(made)) {
      // The compressed bytes of frames, and so their offsets, depend on the version of Node.js.
      const isPortable = golden.isCompressed !== true || /^(store\.json|catalog)$/.test(path);
      expect({ path, bytes: isPortable ? bytes : kept[path] }).toEqual({ path, bytes: kept[path] });
    }
  });

  it('has the list of what was committed beside it', () => {
    expect(expectedOf(golden)).toBe(readFileSync(join(folder, `${golden.name}.golden`), 'utf8'));
  });
});
