/**
 * Reads the golden stores: files of each version of the format, with what must be read from them. They are made in
 * packages/writer/test/golden. A store that reads differently than it once did counts as lost.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConsumerState } from '../src/index.ts';
import { describeStore } from './describe-store.ts';
import { DocPage } from './doc-page.ts';

const golden = join(import.meta.dirname, 'golden');
let temporary: string;

beforeAll(() => {
  temporary = mkdtempSync(join(tmpdir(), 'varve-golden-'));
});

afterAll(() => rmSync(temporary, { recursive: true }));

const stores = readdirSync(golden).flatMap((version) =>
  readdirSync(join(golden, version))
    .filter((file) => file.endsWith('.golden'))
    .map((file) => ({ version, store: file.replace('.golden', '') })),
);

describe.each(stores)('the store $store of format $version', ({ version, store }) => {
  const folder = join(golden, version);
  const expected = readFileSync(join(folder, `${store}.golden`), 'utf8');
  /** The streams that the last lines describe. */
  const streams = [...expected.matchAll(/^'([^\n]*)': [\d ]*$/gm)].map((match) => match[1]!);

  it('is read with exactly the events and streams that were put in', async () => {
    expect(streams.length).toBeGreaterThan(0);
    expect(await describeStore(folder, store, streams)).toBe(expected);
  });

  it('is read the same without what can be made again', async () => {
    const copy = join(temporary, version);
    cpSync(join(folder, store), join(copy, store), { recursive: true });
    for (const file of readdirSync(join(copy, store))) {
      if (file.startsWith('names-')) rmSync(join(copy, store, file));
    }
    // A reader cannot rebuild a backfill, nor a run of dropped events: only runs of all indexes are removed.
    for (const file of store === 'dropped' ? [] : filesIn(join(copy, store, 'indexes'))) {
      if (/^\d+-\d+\.run$/.test(file)) rmSync(join(copy, store, 'indexes', file));
    }
    expect(await describeStore(copy, store, streams)).toBe(expected);
  });
});

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

it.each(['v1', 'v1-owned-files'])('the state of a consumer of format %s is read with its position', (version) => {
  const place = { storageDirectory: join(golden, version), store: 'shop', stream: '_all', consumerId: 'types' };
  expect(readConsumerState(place)).toEqual({
    position: 30,
    state: new Map([
      ['OrderPlaced', 22],
      ['OrderPaid', 2],
      [undefined, 5],
      ['OrderShipped', 1],
    ]),
  });
});

it('the program in docs/format.md reads a store by hand', () => {
  const [program] = new DocPage('format.md').codeBlocks('Reading a store by hand');
  const path = join(temporary, 'read-by-hand.mjs');
  writeFileSync(path, program!);
  const output = execFileSync(process.execPath, [path, join(golden, 'v1/journal')], { encoding: 'utf8' });
  expect(output).toBe(
    [
      '1 1 1 {"text":"first"}',
      '2 1 2 {"text":"second"}',
      '3 1 3 {"text":"third"}',
      `4 2 1 {"text":"${'ö'.repeat(100)}"}`,
      '5 1 4 {"text":"fourth"}',
      '',
    ].join('\n'),
  );
});
