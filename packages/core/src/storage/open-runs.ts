/** Opens the index runs of a store that can be used, and keeps those that are open already. */
import { hasErrorCode } from '../errors.ts';
import { findRuns, runPath } from './find-runs.ts';
import { IndexRun, type RunFiles } from './index-run.ts';

/**
 * The runs from the first position on, up to the first that is damaged or reaches behind `visible`: what that one
 * covered, and what is behind it, is read from frames again.
 */
export function openRuns(
  files: RunFiles,
  directory: string,
  visible: number,
  alreadyOpen: readonly IndexRun[],
): IndexRun[] {
  const known = new Map(alreadyOpen.map((run) => [run.path, run]));
  const opened: IndexRun[] = [];
  const runs: IndexRun[] = [];
  try {
    for (const name of findRuns(files.fileSystem, directory, visible).chain) {
      const path = runPath(directory, name);
      const run = known.get(path) ?? new IndexRun(files, path);
      if (!known.has(path)) opened.push(run);
      runs.push(run);
    }
  } catch (error) {
    if (hasErrorCode(error, 'CORRUPTION')) return runs;
    for (const run of opened) run.close();
    throw error;
  }
  return runs;
}
