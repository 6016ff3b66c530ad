/**
 * Checks that the proofs can fail: removes each safety line from a copy of the source, builds it, and runs the tests
 * that are expected to notice. Prints a table in Markdown with the test that failed; the run fails if no test notices
 * the loss of a line. `npm run mutations -w tools/mutations`, with names of mutations to run only those; `--publish`
 * writes their rows to docs/mutations.md, each as soon as it is known.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { mutated } from './mutated.ts';
import type { Mutation } from './mutation.ts';
import { mutations } from './mutations.ts';
import { cellsOf, lineOf, rowOf, tableOf, updated } from './table.ts';

/** A mutation may make a test hang, which counts as noticed. */
const TIME_LIMIT_MS = 5 * 60 * 1000;

const root = join(import.meta.dirname, '../../..');
const page = join(root, 'docs/mutations.md');
const isPublished = process.argv.includes('--publish');
const wanted = process.argv.slice(2).filter((value) => value !== '--publish');
const unknown = wanted.filter((name) => !mutations.some((mutation) => mutation.name === name));
if (unknown.length > 0) {
  throw new Error(`There is no mutation ${unknown.join(', ')}: ${mutations.map(({ name }) => name).join(', ')}`);
}

const copy = mkdtempSync(join(tmpdir(), 'varve-mutations-'));
try {
  copyRepository();
  build();
  const selected = mutations.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
  const failed = failingTest([...new Set(selected.flatMap(({ tests }) => tests))]);
  if (failed !== undefined) throw new Error(`With all lines in their places this test fails: ${failed}`);
  console.log(tableOf([]));
  const unnoticed = selected.filter((mutation) => !isNoticed(mutation));
  console.log(`\n${selected.length - unnoticed.length} of ${selected.length} noticed`);
  process.exitCode = unnoticed.length === 0 ? 0 : 1;
} finally {
  rmSync(copy, { recursive: true, force: true });
}

function copyRepository(): void {
  const files = execFileSync('git', ['ls-files', '-z', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
    .split('\0')
    .filter(Boolean);
  for (const file of files.filter((path) => existsSync(join(root, path)))) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
  // The links between the packages are relative, so they lead into the copy.
  cpSync(join(root, 'node_modules'), join(copy, 'node_modules'), { recursive: true, verbatimSymlinks: true });
}

/** Without type checks: a removed line may leave an unused variable, for which the compiler would emit no code. */
function build(): void {
  spawnSync('tsc', ['-b', 'packages/writer/tsconfig.build.json', '--noCheck'], {
    cwd: copy,
    env: environment(),
    stdio: 'ignore',
  });
}

function isNoticed(mutation: Mutation): boolean {
  const path = join(copy, mutation.file);
  const original = readFileSync(path, 'utf8');
  writeFileSync(path, mutated(original, mutation));
  build();
  const failed = failingTest(mutation.tests);
  writeFileSync(path, original);
  const row = rowOf(mutation, failed);
  console.log(lineOf(cellsOf(row)));
  if (isPublished) {
    writeFileSync(page, updated(readFileSync(page, 'utf8'), mutations, [row]));
    execFileSync('prettier', ['--write', '--log-level=warn', page], { env: environment(), cwd: root });
  }
  return failed !== undefined;
}

/** The name of the first test that fails, or undefined when all pass. */
function failingTest(tests: readonly string[]): string | undefined {
  const report = join(copy, 'report.json');
  rmSync(report, { force: true });
  const args = [
    'run',
    '--config',
    'vitest.config.ts',
    '--bail=1',
    '--reporter=json',
    `--outputFile=${report}`,
    ...tests,
  ];
  const { status, error } = spawnSync('vitest', args, {
    cwd: copy,
    env: environment(),
    stdio: 'ignore',
    timeout: TIME_LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  if (status === 0) return undefined;
  if (error !== undefined || !existsSync(report)) return `${tests.join(', ')}: it does not end`;
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report;
  for (const { name, message, assertionResults } of testResults) {
    const failed = assertionResults.find((result) => result.status === 'failed');
    if (failed) return `${name.slice(copy.length + 1)}: ${failed.fullName}`;
    if (message) return `${name.slice(copy.length + 1)}: ${message.split('\n')[0] ?? ''}`;
  }
  throw new Error(`The tests did not run: ${tests.join(', ')}`);
}

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly message?: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

function environment(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${join(copy, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}` };
}
