/** The thread in which index runs are merged. */
import { nodeFileSystem } from '@varve/core';
import { type ErrorData, errorData } from '@varve/core/internal';
import { whenThereIsRoom } from '../disk-full.ts';
import { mergeRuns, type MergeTask } from './merge-runs.ts';

/** False when there was no room. */
export type MergeOutcome = boolean | ErrorData;

export function merge(task: MergeTask): MergeOutcome {
  try {
    return whenThereIsRoom(() => mergeRuns(nodeFileSystem, task));
  } catch (error) {
    return errorData(error);
  }
}
