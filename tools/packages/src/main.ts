/**
 * Packs every public package as npm would publish it and checks the result: publint and attw on the tarball, its
 * contents, and whether a program elsewhere can import it and compile against it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkConsumer } from './consumer.ts';
import { checkContents, packAll } from './packed-package.ts';
import type { PackedPackage } from './packed-package.ts';
import { run } from './run.ts';

const folder = mkdtempSync(join(tmpdir(), 'varve-packages-'));
let failed = 0;

function check(name: string, action: () => void): void {
  try {
    action();
    console.log(`ok      ${name}`);
  } catch (error) {
    failed++;
    console.log(`failed  ${name}\n${error instanceof Error ? error.message : String(error)}`);
  }
}

function checkTarball({ name, manifest, tarball, files }: PackedPackage): void {
  check(`${name}: contents`, () => checkContents(manifest, files));
  check(`${name}: publint`, () => run('publint', ['run', tarball, '--strict']));
  const attw = [
    '--profile',
    'esm-only',
    '--no-definitely-typed',
    '--no-emoji',
    '--exclude-entrypoints',
    './package.json',
  ];
  check(`${name}: attw`, () => run('attw', [tarball, ...attw]));
}

try {
  const packages = packAll(folder);
  packages.forEach(checkTarball);
  check('a program that imports them', () => checkConsumer(folder, packages));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failed === 0 ? 0 : 1;
