/** The thread in which index runs are merged. */
import { nodeFileSystem } from '@varve/core';
import { whenThereIsRoom } from '../disk-full.ts';
import { mergeRuns, type MergeTask } from './merge-runs.ts';

/** False when there was no room: an error would lose its code on the way to the other thread. */
export function merge(task: MergeTask): boolean {
  return whenThereIsRoom(() => mergeRuns(nodeFileSystem, task));
}
