/** Runs every rule over the files of the repository. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { byPlace, type Finding } from './finding.ts';
import { blobs } from './rules/blobs.ts';
import { byteAccess } from './rules/byte-access.ts';
import { exports } from './rules/exports.ts';
import { imports } from './rules/imports.ts';
import { leftovers } from './rules/leftovers.ts';
import { names } from './rules/names.ts';
import { measureSizes, sizeFindings } from './rules/sizes.ts';
import { text } from './rules/text.ts';
import { lowered, serializeSizeRecord, type SizeRecord } from './size-record.ts';
import { SourceFile } from './source-file.ts';

const repository = join(import.meta.dirname, '../../..');
const sizeRecordPath = join(import.meta.dirname, '../size-record.json');

const fileRules = [names, text, leftovers, exports, byteAccess, imports];

export function checkRepository(): Finding[] {
  const paths = repositoryFiles();
  const files = readText(paths);
  const findings = paths.flatMap((path) => blobs(path, statSync(join(repository, path)).size));
  for (const file of files) findings.push(...fileRules.flatMap((rule) => rule(file)));
  findings.push(...sizeFindings(measureSizes(files), readSizeRecord()));
  return findings.toSorted(byPlace);
}

/** Lowers the recorded sizes to what is there now; it never raises one. */
export function updateSizeRecord(): void {
  const now = measureSizes(readText(repositoryFiles()));
  writeFileSync(sizeRecordPath, serializeSizeRecord(lowered(readSizeRecord(), now)));
}

/** What is tracked, and what would be if it were added now: a finding should come before the commit. */
function repositoryFiles(): string[] {
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: repository,
    encoding: 'utf8',
  });
  return [...new Set(list.split('\0'))].filter((path) => path !== '' && existsSync(join(repository, path)));
}

function readText(paths: readonly string[]): SourceFile[] {
  const files: SourceFile[] = [];
  for (const path of paths) {
    const bytes = readFileSync(join(repository, path));
    if (!bytes.includes(0)) files.push(new SourceFile(path, bytes.toString('utf8')));
  }
  return files;
}

function readSizeRecord(): SizeRecord {
  return JSON.parse(readFileSync(sizeRecordPath, 'utf8')) as SizeRecord;
}
