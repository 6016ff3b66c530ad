import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { filesByGit, filesByLooking, repositoryFiles } from '../src/repository-files.ts';

const hasGit = spawnSync('git', ['--version']).status === 0 || process.env['VARVE_REQUIRE_TOOLS'] === '1';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'varve-tidy-'));
  mkdirSync(join(folder, 'src/deep'), { recursive: true });
  mkdirSync(join(folder, 'node_modules/x'), { recursive: true });
  writeFileSync(join(folder, 'src/deep/a.ts'), '');
  writeFileSync(join(folder, 'node_modules/x/index.js'), '');
  writeFileSync(join(folder, '.gitignore'), 'node_modules/\n');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('looks for itself where there is no history', () => {
  expect(filesByGit(folder)).toBeUndefined();
  expect(repositoryFiles(folder)).toEqual(['.gitignore', 'src/deep/a.ts']);
});

it.skipIf(!hasGit)('takes what git tracks and what is not yet added, not what is ignored or gone', () => {
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: folder, encoding: 'utf8' });
  git('init', '--quiet');
  writeFileSync(join(folder, 'gone.ts'), '');
  git('add', 'gone.ts', '.gitignore');
  rmSync(join(folder, 'gone.ts'));
  expect(repositoryFiles(folder)).toEqual(['.gitignore', 'src/deep/a.ts']);
  expect(repositoryFiles(folder)).toEqual(filesByLooking(folder, '').toSorted());
});
