/** Opens the index runs of a store that can be used, and keeps those that are open already. */
import { hasErrorCode, systemErrorCode } from '../errors.ts';
import { findRuns, runPath } from './find-runs.ts';
import { IndexRun, type RunFiles } from './index-run.ts';

/** Looks at the folder that find a file gone which the list still had, because the writer has merged it meanwhile. */
const mostLooks = 5;

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
  for (let look = 1; ; look++) {
    const { runs, end } = openChain(files, directory, visible, alreadyOpen);
    if (end === 'last' || end === 'damaged' || look === mostLooks) return runs;
    for (const run of runs) if (!alreadyOpen.includes(run)) run.close();
  }
}

interface OpenChain {
  readonly runs: IndexRun[];
  readonly end: 'last' | 'damaged' | 'gone';
}

function openChain(files: RunFiles, directory: string, visible: number, alreadyOpen: readonly IndexRun[]): OpenChain {
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
    if (hasErrorCode(error, 'CORRUPTION')) return { runs, end: 'damaged' };
    if (systemErrorCode(error) === 'ENOENT') return { runs, end: 'gone' };
    for (const run of opened) run.close();
    throw error;
  }
  return { runs, end: 'last' };
}
