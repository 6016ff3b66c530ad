/** The code in the guides: they show what is in the files, and the files do what the guides say. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const examples = join(import.meta.dirname, '..');

/** For each guide, the files of its code, in order, and their output; an empty output for a file that only declares. */
const guides: Readonly<Record<string, readonly (readonly [file: string, output: RegExp])[]>> = {
  'types.md': [
    ['types/order-events', /^$/],
    ['types/typed-store', /^4900 up to version 2\n$/],
    ['types/validated-store', /no valid "InvoiceSent": number: .*; cents: .*\n1 event committed\n$/],
    ['types/upcast-store', /^Springfield unknown\nParis France\n$/],
  ],
  'projections.md': [
    ['projections/revenue', /^$/],
    [
      'projections/dead-letters',
      /^revenue 62\nposition 2, after 2 attempts: .*no amount.*\n{ type: 'Paid', amount: null }\n$/,
    ],
    ['projections/customers', /^$/],
    ['projections/sums-of-customers', /^{ .*anna: 42.* } as of position 4, version 2\n$/],
    ['projections/serve', /^{ name: 'revenue', version: 1, position: 2, state: 62 }\n$/],
  ],
  'serialization.md': [
    ['serialization/messagepack', /^{ type: 'Measured', celsius: 21.5 }\n$/],
    ['serialization/compressed-store', /parcel: 'parcel-0004711'/],
  ],
};

/** The code of an example between its marks. */
function regionOf(file: string): string | undefined {
  const source = readFileSync(join(examples, `src/${file}.ts`), 'utf8');
  return /^\/\/ #region docs\n(.*)^\/\/ #endregion docs$/ms.exec(source)?.[1];
}

describe.each(Object.entries(guides))('docs/%s', (page, samples) => {
  it('shows the marked regions of its files, in this order', () => {
    const text = readFileSync(join(examples, '../../docs', page), 'utf8');
    const blocks = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code);
    expect(blocks).toEqual(samples.map(([file]) => regionOf(file)));
  });

  it.each(samples)('%s does what the page says', async (file, output) => {
    const cwd = mkdtempSync(join(tmpdir(), 'docs-examples-'));
    try {
      const { stdout } = await run(process.execPath, [join(examples, `dist/${file}.js`)], { cwd });
      expect(stdout).toMatch(output);
    } finally {
      rmSync(cwd, { recursive: true });
    }
  });
});
