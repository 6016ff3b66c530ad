/** The database examples of docs/consumers.md: the page shows what is in the files, and they do what it says. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { hasPostgres, PostgresServer } from './sinks/postgres-server.ts';

const guides = join(import.meta.dirname, 'guides');
const rows = ['1 30', '2 5', '3 10'];
let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'varve-consumers-guide-'));
});

afterEach(() => {
  rmSync(cwd, { recursive: true });
});

function linesOf(name: string, env: Readonly<Record<string, string>> = {}): string[] {
  const program = join(guides, `${name}.ts`);
  const options = { cwd, env: { ...process.env, ...env }, encoding: 'utf8' } as const;
  return execFileSync(process.execPath, [program], options).trim().split('\n');
}

it('shows the regions of the files, in their order', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/consumers.md'), 'utf8');
  const section = page.split(/^## /m).find((text) => text.startsWith('Into a database\n')) ?? '';
  const blocks = [...section.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code);
  const regions = ['sqlite-sink', 'postgres-sink'].map((name) => {
    const source = readFileSync(join(guides, `${name}.ts`), 'utf8');
    return /^\/\/ #region [^\n]*\n(.*?)^\/\/ #endregion$/ms.exec(source)?.[1];
  });
  expect(blocks).toEqual(regions);
});

it('fills a SQLite database, with each event once', () => {
  expect([linesOf('sqlite-sink'), linesOf('sqlite-sink')]).toEqual([rows, [...rows, '4 30', '5 5', '6 10']]);
});

it.runIf(hasPostgres())('fills a PostgreSQL database, with each event once', () => {
  const server = new PostgresServer();
  try {
    const env = { PGHOST: server.host, PGUSER: 'test', PGDATABASE: 'postgres' };
    expect([linesOf('postgres-sink', env), linesOf('postgres-sink', env)]).toEqual([
      rows,
      [...rows, '4 30', '5 5', '6 10'],
    ]);
  } finally {
    server.stop();
  }
});
