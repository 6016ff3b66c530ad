/** The examples of docs/streams.md: what the page shows is what is in the file, and the file does what the page says. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const program = join(import.meta.dirname, 'guides/streams.ts');

it('shows the regions of the example, in their order', () => {
  const source = readFileSync(program, 'utf8');
  const regions = [...source.matchAll(/^\/\/ #region [^\n]*\n(.*?)^\/\/ #endregion$/gms)].map(([, code]) => code);
  const page = readFileSync(join(import.meta.dirname, '../../../docs/streams.md'), 'utf8');
  const blocks = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code);
  expect(regions.length).toBeGreaterThan(5);
  expect(blocks).toEqual(regions);
});

it('does what the page says', () => {
  const cwd = mkdtempSync(join(tmpdir(), 'streams-guide-'));
  try {
    const output = execFileSync(process.execPath, [program], { cwd, encoding: 'utf8' });
    expect(output.trim().split('\n')).toEqual([
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
    ]);
    const lines = readFileSync(join(cwd, 'orders.ndjson'), 'utf8').trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { type: string }).type)).toEqual(['Ordered', 'Paid', 'Ordered']);
    const full = readFileSync(join(cwd, 'all.ndjson'), 'utf8').trim().split('\n');
    expect(JSON.parse(full[3]!)).toMatchObject({ stream: 'refund/eu/1', metadata: { position: 4, clerk: 'anna' } });
  } finally {
    rmSync(cwd, { recursive: true });
  }
});
