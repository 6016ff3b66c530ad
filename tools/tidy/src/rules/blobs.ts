/** Big files do not belong in the history: every clone carries them forever. */
import type { Finding } from '../finding.ts';

const blobLimitBytes = 512 * 1024;

export function blobs(path: string, sizeBytes: number): Finding[] {
  if (sizeBytes <= blobLimitBytes) return [];
  const found = `a file of ${Math.ceil(sizeBytes / 1024)} KiB, ${blobLimitBytes / 1024} are allowed`;
  return [{ path, line: 1, found, remedy: 'generate it, or take it from a package' }];
}
