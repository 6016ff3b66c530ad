/** The thread in which index runs are merged. */
import { nodeFileSystem } from '@varve/core';
import { mergeRuns, type MergeTask } from './merge-runs.ts';

export function merge(task: MergeTask): void {
  mergeRuns(nodeFileSystem, task);
}
