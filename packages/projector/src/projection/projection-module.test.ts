import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadProjection, moduleUrlOf } from './projection-module.ts';

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'varve-projection-module-'));
});

afterAll(() => rmSync(directory, { recursive: true }));

function written(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return pathToFileURL(path).href;
}

const definition = `{ name: 'p', stream: '_all', initialState: 0, on: { A: (count) => count + 1 } }`;

describe('moduleUrlOf', () => {
  it('takes paths and file URLs', () => {
    expect(moduleUrlOf('some/module.js')).toBe(pathToFileURL(resolve('some/module.js')).href);
    expect(moduleUrlOf(resolve('/some/module.js'))).toBe(pathToFileURL(resolve('/some/module.js')).href);
    expect(moduleUrlOf('file:///some/module.js')).toBe('file:///some/module.js');
    expect(moduleUrlOf(new URL('file:///some/module.js'))).toBe('file:///some/module.js');
  });

  it.each([[''], ['https://example.org/module.js'], ['node:fs'], [7], [undefined]])('refuses %o', (module) => {
    expect(() => moduleUrlOf(module)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });
});

describe('loadProjection', () => {
  it('takes the named export before the default one', async () => {
    const both = `export default 7; export const projection = ${definition};`;
    expect(await loadProjection(written('both.mjs', both))).toMatchObject({ name: 'p', version: 1 });
    expect(await loadProjection(written('default.mjs', `export default ${definition};`))).toMatchObject({ name: 'p' });
  });

  it('takes a CommonJS module', async () => {
    const url = written('common.cjs', `exports.projection = ${definition};`);
    expect(await loadProjection(url)).toMatchObject({ name: 'p' });
  });

  it('adds the path to what `defineProjection` refused while the module was loaded', async () => {
    const source = pathToFileURL(join(import.meta.dirname, 'projection.ts')).href;
    const text = `import { defineProjection } from '${source}';
      export const projection = defineProjection({ name: 'p' });`;
    await expect(loadProjection(written('invalid.mjs', text))).rejects.toMatchObject({
      code: 'PROJECTION_INVALID',
      path: join(directory, 'invalid.mjs'),
      message: expect.stringMatching(/invalid\.mjs: .* has undefined as its stream\. Give it /) as string,
    });
  });

  it('keeps what the module threw as the cause', async () => {
    await expect(loadProjection(written('throws.mjs', 'throw "text";'))).rejects.toMatchObject({
      code: 'PROJECTION_LOAD',
      path: join(directory, 'throws.mjs'),
      cause: 'text',
    });
  });
});
