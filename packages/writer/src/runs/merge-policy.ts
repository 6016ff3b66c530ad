/**
 * Which index runs are merged: the newest neighbours of which none is in a higher size class than the first, as soon as there
 * are enough. So the number of runs grows with the logarithm of the positions, and each posting is copied once per size class.
 */
import type { RunName } from '@varve/core/internal';

/** How many runs of one size class make a run of the next one. */
const runsPerMerge = 8;
/** A merged run covers no more than this, which bounds what a merge takes. */
const maxMergedPositions = 2 ** 26;

/** The neighbouring runs to merge next, or none. A run of the first size class covers `positionsPerRun`. */
export function chooseMerge<Run extends Pick<RunName, 'base' | 'last'>>(
  runs: readonly Run[],
  positionsPerRun: number,
): readonly Run[] {
  const sizeClass = ({ base, last }: Pick<RunName, 'base' | 'last'>): number =>
    Math.max(0, Math.round(Math.log((last - base) / positionsPerRun) / Math.log(runsPerMerge)));
  for (let end = runs.length; end >= runsPerMerge; end--) {
    const group = runs.slice(end - runsPerMerge, end);
    const covered = group.at(-1)!.last - group[0]!.base;
    const level = sizeClass(group[0]!);
    if (covered <= maxMergedPositions && group.every((run) => sizeClass(run) <= level)) return group;
  }
  return [];
}
