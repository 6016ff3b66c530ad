/** The README's examples: it shows what is in the files, and the files do what it says. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const examples = join(import.meta.dirname, '..');
const readme = readFileSync(join(examples, '../../README.md'), 'utf8');
const files = ['write', 'read', 'order-totals', 'project'];

/** The code of an example between its marks. */
function regionOf(name: string): string | undefined {
  const source = readFileSync(join(examples, `src/readme/${name}.ts`), 'utf8');
  return /^\/\/ #region readme\n(.*)^\/\/ #endregion readme$/ms.exec(source)?.[1];
}

describe("the README's examples", () => {
  it('are the marked regions of the example files, in this order', () => {
    const blocks = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code);
    expect(blocks).toEqual(files.map(regionOf));
  });

  it('do what the README says', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'readme-examples-'));
    try {
      const outputs = new Map<string, string>();
      for (const name of ['write', 'read', 'project']) {
        const { stdout } = await run(process.execPath, [join(examples, `dist/readme/${name}.js`)], { cwd });
        outputs.set(name, stdout);
      }
      expect(outputs.get('write')).toBe('');
      expect(outputs.get('read')).toContain("{ type: 'ItemAdded', item: 'atlas', cents: 2500 }");
      expect(outputs.get('read')).toContain('{ cents: 7400 } up to position 3');
      expect(outputs.get('project')).toBe("{ position: 3, state: { 'order-7': 7400 }, version: 1 }\n");
    } finally {
      rmSync(cwd, { recursive: true });
    }
  });
});
