/**
 * The code of the guides: what a page shows is what is in the regions of its program, in this order, and the program,
 * which is compiled with everything else, does what the page says.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from './temporary-directory.ts';

/** For each page of docs/, what its program prints. */
const guides: Readonly<Record<string, readonly string[]>> = {
  streams: [
    'Ordered 12',
    'Paid 12',
    '1 order-1 Ordered',
    '2 order-1 Paid',
    'Ordered',
    'Paid',
    '2 2',
    '2 2 Refunded',
    'Refunded',
    '1',
    "[ 'Ordered', 'Paid', 'Ordered' ]",
    '3 1',
    '1 order-1 Ordered',
    '2 order-1 Paid',
    '3 order-2 Ordered',
    '4 refund/eu/1 Refunded',
    '5 order-2 Paid',
  ],
  repair: [
    'true 3',
    '2 2 No whole frame has position 2.',
    '2 events, and 1 gaps',
    'would keep 1 and lose { from: 2, to: 3 } 1 of them whole',
    '1 ./data/shop/recovered/repair-1 0',
    "{ type: 'Placed', total: 30 }",
  ],
  conditions: ["[ { type: 'OrderPlaced', total: 1500 } ]", '0 0 1', '2 1'],
  security: ["[ { type: 'Paid' } ]"],
  partitioning: ['accounts true true', 'spread true true', 'daily false true', '{ keepYears: 10 }', '3'],
  archiving: [
    "[ 'month-1', 'month-2' ]",
    '5',
    "{ type: 'OrderPlaced', order: 5 }",
    "{ type: 'OrderPlaced', order: 6 }",
    "{ type: 'OrderPlaced', order: 7 }",
    "{ type: 'OrderPlaced', order: 8 }",
    "{ type: 'OrderPlaced', order: 9 }",
    "{ type: 'OrderPlaced', order: 10 }",
    "{ type: 'OrderPlaced', order: 11 }",
    "{ type: 'OrderPlaced', order: 12 }",
    "{ type: 'OrderPlaced', order: 7 }",
    "{ type: 'OrderPlaced', order: 10 }",
  ],
  replicas: ['2 15', '3'],
  storage: [
    "3 [ '2026-01-31', '2026-02-01' ]",
    '/cart /',
    '/',
    '/cart',
    '/',
    '200',
    '500',
    '1 /cart',
    '/cart',
    'too old to be shown',
    'followed /',
    'followed /pay',
  ],
};

/** Runs the program of a page in a directory of its own, which is returned with what it printed. */
function run(page: string): { cwd: string; lines: string[] } {
  const cwd = temporaryDirectory();
  const output = execFileSync(process.execPath, [join(import.meta.dirname, `guides/${page}.ts`)], {
    cwd,
    encoding: 'utf8',
  });
  return { cwd, lines: output.trim().split('\n') };
}

describe.each(Object.entries(guides))('docs/%s.md', (page, output) => {
  it('shows the regions of its program, in their order', () => {
    const source = readFileSync(join(import.meta.dirname, `guides/${page}.ts`), 'utf8');
    const regions = [...source.matchAll(/^\/\/ #region [^\n]*\n(.*?)^\/\/ #endregion$/gms)].map(([, code]) => code);
    const text = readFileSync(join(import.meta.dirname, `../../../docs/${page}.md`), 'utf8');
    const blocks = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code);
    expect(regions.length).toBeGreaterThan(0);
    expect(blocks).toEqual(regions);
  });

  it('does what the page says', () => {
    expect(run(page).lines).toEqual(output);
  });
});

it('docs/streams.md writes lines of JSON', () => {
  const { cwd } = run('streams');
  const lines = readFileSync(join(cwd, 'orders.ndjson'), 'utf8').trim().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { type: string }).type)).toEqual(['Ordered', 'Paid', 'Ordered']);
  const full = readFileSync(join(cwd, 'all.ndjson'), 'utf8').trim().split('\n');
  expect(JSON.parse(full[3]!)).toMatchObject({ stream: 'refund/eu/1', metadata: { position: 4, clerk: 'anna' } });
});
