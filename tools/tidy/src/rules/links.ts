/** A page links only to files that exist. */
import { posix } from 'node:path';
import type { Finding } from '../finding.ts';
import type { SourceFile } from '../source-file.ts';

const link = /\]\(([^)\s#]+)(#[^)\s]*)?\)/g;

/** `paths`: every file of the repository; a link to a folder needs a file below it. */
export function links(file: SourceFile, paths: readonly string[]): Finding[] {
  if (!file.path.endsWith('.md')) return [];
  let inCode = false;
  return file.lines.flatMap((line, index) => {
    if (line.trimStart().startsWith('```')) inCode = !inCode;
    if (inCode) return [];
    return [...line.matchAll(link)].flatMap(([, target = '']) => {
      if (/^[a-z]+:/.test(target)) return [];
      const path = posix.join(posix.dirname(file.path), target).replace(/\/$/, '');
      if (paths.some((known) => known === path || known.startsWith(`${path}/`))) return [];
      return [{ path: file.path, line: index + 1, found: `a link to ${target}`, remedy: 'there is no such file' }];
    });
  });
}
