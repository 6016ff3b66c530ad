/**
 * Turns the postings in memory into index runs, and has runs merged in a thread. Only the holder of the writer's lock
 * may use it.
 *
 * Invariants: a run covers only what was written; it is durable before it has its name; the runs that a merged one was
 * made from are removed after it is in use.
 */
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import {
  encodeRun,
  fileNames,
  findRuns,
  IndexRun,
  type IndexSet,
  type PartitionContext,
  replaceFile,
  type RunName,
  runPath,
  temporarySuffix,
} from '@varve/core/internal';
import { chooseMerge, positionsPerRun } from './merge-policy.ts';
import type { MergeTask } from './merge-runs.ts';

/** A store that is closed with fewer events behind its runs than this leaves them to be read from frames. */
const fewestAtClose = 4096;

export interface RunKeeperInput {
  readonly context: PartitionContext;
  readonly indexes: IndexSet;
  /** Called when a merge failed: nothing is lost, but somebody must hear of it. */
  readonly failed: (error: Error) => void;
}

export class RunKeeper {
  private readonly context: PartitionContext;
  private readonly indexes: IndexSet;
  private readonly failed: (error: Error) => void;
  private readonly directory: string;
  private pool: Piscina | undefined;
  private mergeUnderWay: Promise<void> | undefined;
  private isClosing = false;

  constructor({ context, indexes, failed }: RunKeeperInput) {
    this.context = context;
    this.indexes = indexes;
    this.failed = failed;
    this.directory = `${context.directory}/${fileNames.indexes}`;
  }

  /** Removes runs that cannot be used: remains of merges, and runs that reach behind what recovery kept. */
  removeOthers(position: number): void {
    const { fileSystem, directory } = this.context;
    for (const name of findRuns(fileSystem, directory, position).others) fileSystem.remove(runPath(directory, name));
  }

  /** Whether there is enough in memory for a run. */
  isDue(position: number): boolean {
    return position - this.indexes.runsCover >= positionsPerRun;
  }

  /** Makes a run of what is in memory; everything up to the last position must have been written. */
  build(): void {
    const { context, indexes } = this;
    const contents = indexes.tailContents();
    const { fileSystem, directory, seed, cache } = context;
    const path = runPath(directory, contents);
    if (indexes.runList.length === 0) fileSystem.makeDirectory(this.directory);
    const place = { directory: this.directory, path, temporaryPath: path + temporarySuffix };
    replaceFile(fileSystem, place, encodeRun(contents, seed), true);
    indexes.useRuns([...indexes.runList, new IndexRun({ fileSystem, cache, seed }, path)]);
    this.mergeIfNeeded();
  }

  /** Makes a last run if it is worth it, so that opening the store need not read what it covers. */
  async close(position: number): Promise<void> {
    this.isClosing = true;
    if (position - this.indexes.runsCover >= fewestAtClose) this.build();
    await this.stop();
  }

  /** Lets a merge end, and ends the thread. */
  async stop(): Promise<void> {
    this.isClosing = true;
    await this.mergeUnderWay;
    await this.pool?.destroy();
  }

  private mergeIfNeeded(): void {
    if (this.isClosing || this.mergeUnderWay !== undefined) return;
    const group = chooseMerge(this.indexes.runList.map((run) => ({ ...run.header, run })));
    if (group.length === 0) return;
    this.mergeUnderWay = this.merge(group.map((each) => each.run))
      .catch((error: unknown) => this.failed(error as Error))
      .finally(() => {
        this.mergeUnderWay = undefined;
      });
  }

  private async merge(group: readonly IndexRun[]): Promise<void> {
    const { fileSystem, directory, seed, cache } = this.context;
    const name: RunName = { base: group[0]!.header.base, last: group.at(-1)!.header.last, onlyIndex: 0 };
    const output = runPath(directory, name);
    const task: MergeTask = { inputs: group.map((run) => run.path), output, directory: this.directory, seed };
    this.pool ??= new Piscina({ filename: workerPath, name: 'merge', minThreads: 0, maxThreads: 1, idleTimeout: 1000 });
    await this.pool.run(task);
    const merged = new IndexRun({ fileSystem, cache, seed }, output);
    const { runList } = this.indexes;
    const first = runList.indexOf(group[0]!);
    this.indexes.useRuns([...runList.slice(0, first), merged, ...runList.slice(first + group.length)]);
    for (const run of group) fileSystem.remove(run.path);
  }
}

/** The thread's file lies beside this one, compiled or not. */
const workerPath = fileURLToPath(new URL(import.meta.url.replace(/run-keeper(\.[jt]s)$/, 'merge-worker$1')));
