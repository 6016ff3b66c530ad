/** Opens the usable index runs of a store, and keeps those that are already open. */
import { hasErrorCode, systemErrorCode } from '../errors.ts';
import { findRuns, runPath } from './find-runs.ts';
import { IndexRun, type RunFiles } from './index-run.ts';
import type { StoreHistory } from './store-history.ts';

/** The most looks at the folder, when files in its list are gone because the writer has merged them meanwhile. */
const maxLooks = 5;

/** The files of a store, and the folder that holds the folder of its runs. */
type RunPlace = RunFiles & { readonly indexDirectory: string };

/**
 * The runs from the first position on, up to the first that is damaged, reaches beyond `visible`, or belongs to a lost
 * history: what that one and those after it cover is read from frames again.
 */
export function openRuns(
  files: RunPlace,
  visible: number,
  alreadyOpen: readonly IndexRun[],
  history: StoreHistory,
): IndexRun[] {
  for (let look = 1; ; look++) {
    const { runs, end } = openChain(files, visible, alreadyOpen);
    const foreign = runs.findIndex(({ header }) => !history.has(header.last, header.epoch));
    if (foreign >= 0) {
      for (const run of runs.splice(foreign)) if (!alreadyOpen.includes(run)) run.close();
    }
    if (end === 'last' || end === 'damaged' || look === maxLooks) return runs;
    for (const run of runs) if (!alreadyOpen.includes(run)) run.close();
  }
}

interface OpenChain {
  readonly runs: IndexRun[];
  readonly end: 'last' | 'damaged' | 'gone';
}

function openChain(files: RunPlace, visible: number, alreadyOpen: readonly IndexRun[]): OpenChain {
  const known = new Map(alreadyOpen.map((run) => [run.path, run]));
  const opened: IndexRun[] = [];
  const runs: IndexRun[] = [];
  try {
    for (const name of findRuns(files.fileSystem, files.indexDirectory, visible).chain) {
      const path = runPath(files.indexDirectory, name);
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
