/**
 * Finds the index runs of a store on disk: those that cover the positions from the first on, without gaps, and none
 * that reach beyond what is visible.
 */
import { fileNames, parseRunFileName, runFileName } from '../format/file-names.ts';
import type { FileSystem } from '../file-system/file-system.ts';
import { longestChain } from './longest-chain.ts';

export interface RunName {
  readonly base: number;
  readonly last: number;
  readonly onlyIndex: number;
}

export interface FoundRuns {
  /** In order; each begins where the one before ends. */
  readonly chain: readonly RunName[];
  /** Runs of single indexes. */
  readonly backfills: readonly RunName[];
  /** Runs that are not needed: parts of merged ones, or made before a recovery cut the store back. */
  readonly others: readonly RunName[];
}

export function findRuns(fileSystem: FileSystem, directory: string, visible: number): FoundRuns {
  const names = (fileSystem.list(`${directory}/${fileNames.indexes}`) ?? [])
    .map(parseRunFileName)
    .filter((name) => name !== undefined);
  const usable = names.filter((name) => name.last <= visible && name.base < name.last);
  const chain = longestChain(usable.filter((name) => name.onlyIndex === 0));
  const backfills = usable.filter((name) => name.onlyIndex !== 0);
  const needed = new Set([...chain, ...backfills]);
  return { chain, backfills, others: names.filter((name) => !needed.has(name)) };
}

export function runPath(directory: string, { base, last, onlyIndex }: RunName): string {
  return `${directory}/${fileNames.indexes}/${runFileName(base, last, onlyIndex)}`;
}
