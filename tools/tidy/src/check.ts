/** Runs every rule over the files of the repository. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { byPlace, type Finding } from './finding.ts';
import { repositoryFiles } from './repository-files.ts';
import { blobs } from './rules/blobs.ts';
import { byteAccess } from './rules/byte-access.ts';
import { exports } from './rules/exports.ts';
import { imports } from './rules/imports.ts';
import { leftovers } from './rules/leftovers.ts';
import { links } from './rules/links.ts';
import { names } from './rules/names.ts';
import { measureSizes, sizeFindings } from './rules/sizes.ts';
import { text } from './rules/text.ts';
import { lowered, serializeSizeRecord, type SizeRecord } from './size-record.ts';
import { SourceFile } from './source-file.ts';

const repository = join(import.meta.dirname, '../../..');
const sizeRecordPath = join(import.meta.dirname, '../size-record.json');

const fileRules = [names, text, leftovers, exports, byteAccess, imports];

export function checkRepository(): Finding[] {
  const paths = repositoryFiles(repository);
  const files = readText(paths);
  const findings = paths.flatMap((path) => blobs(path, statSync(join(repository, path)).size));
  for (const file of files) findings.push(...fileRules.flatMap((rule) => rule(file)), ...links(file, paths));
  findings.push(...sizeFindings(measureSizes(files), readSizeRecord()));
  return findings.toSorted(byPlace);
}

/** Lowers the recorded sizes to the present ones; it never raises one. */
export function updateSizeRecord(): void {
  const now = measureSizes(readText(repositoryFiles(repository)));
  writeFileSync(sizeRecordPath, serializeSizeRecord(lowered(readSizeRecord(), now)));
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
