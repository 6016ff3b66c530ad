/** The thread in which index runs are merged. */
import { nodeFileSystem } from '@varve/core';
import { whenThereIsRoom } from '../disk-full.ts';
import { failureOf, type MergeFailure } from './merge-failure.ts';
import { mergeRuns, type MergeTask } from './merge-runs.ts';

/** False when there was no room. */
export type MergeOutcome = boolean | MergeFailure;

export function merge(task: MergeTask): MergeOutcome {
  try {
    return whenThereIsRoom(() => mergeRuns(nodeFileSystem, task));
  } catch (error) {
    return failureOf(error);
  }
}
