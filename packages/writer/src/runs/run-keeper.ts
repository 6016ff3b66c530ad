/**
 * Turns the postings in memory into index runs, and has runs merged in a thread. Only the holder of the writer's lock
 * may use it.
 *
 * Invariants: a run covers only what was written; it is durable before it has its name; the runs that a merged one was
 * made from are removed after it is in use.
 */
import { fileURLToPath } from 'node:url';
import { nodeFileSystem } from '@varve/core';
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
import { chooseMerge } from './merge-policy.ts';
import { mergeRuns, type MergeTask } from './merge-runs.ts';

/** A store that is closed with fewer events behind its runs than this leaves them to be read from frames. */
const fewestAtClose = 4096;

export class RunKeeper {
  private readonly context: PartitionContext;
  private readonly indexes: IndexSet;
  private readonly eventsPerRun: number;
  private readonly failed: (error: Error) => void;
  private readonly directory: string;
  private pool: Piscina | undefined;
  private mergeUnderWay: Promise<void> | undefined;
  private isClosing = false;

  /** `failed` is called when a merge failed: nothing is lost, but somebody must hear of it. */
  constructor(context: PartitionContext, indexes: IndexSet, eventsPerRun: number, failed: (error: Error) => void) {
    this.context = context;
    this.indexes = indexes;
    this.eventsPerRun = eventsPerRun;
    this.failed = failed;
    this.directory = `${context.indexDirectory}/${fileNames.indexes}`;
  }

  /**
   * Removes runs that are not in use: remains of merges, damaged ones, and what reached behind the end of the store.
   * For good: one that came back after a loss of power would be believed as soon as the store has grown past it.
   */
  removeUnused(position: number): void {
    const { fileSystem, indexDirectory: directory } = this.context;
    const inUse = new Set(this.indexes.runList.map((run) => run.path));
    const { chain, others } = findRuns(fileSystem, directory, position);
    const unused = [...chain, ...others].map((name) => runPath(directory, name)).filter((path) => !inUse.has(path));
    for (const path of unused) fileSystem.remove(path);
    if (unused.length > 0) fileSystem.syncDirectory(this.directory);
  }

  /** Whether there is enough in memory for a run. */
  isDue(position: number): boolean {
    return position - this.indexes.runsCover >= this.eventsPerRun;
  }

  /** Makes a run of what is in memory; everything up to the last position must have been written. */
  build(): void {
    const { context, indexes } = this;
    const contents = indexes.tailContents();
    const { fileSystem, indexDirectory: directory, seed, cache } = context;
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
    if (position - this.indexes.runsCover >= Math.min(fewestAtClose, this.eventsPerRun)) this.build();
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
    const group = chooseMerge(
      this.indexes.runList.map((run) => ({ ...run.header, run })),
      this.eventsPerRun,
    );
    if (group.length === 0) return;
    this.mergeUnderWay = this.merge(group.map((each) => each.run)).then(
      () => {
        this.mergeUnderWay = undefined;
        this.mergeIfNeeded();
      },
      (error: unknown) => {
        // Not again before there is another run: what made it fail may last.
        this.mergeUnderWay = undefined;
        this.failed(error as Error);
      },
    );
  }

  private async merge(group: readonly IndexRun[]): Promise<void> {
    const { fileSystem, indexDirectory: directory, seed, cache } = this.context;
    const name: RunName = { base: group[0]!.header.base, last: group.at(-1)!.header.last, onlyIndex: 0 };
    const output = runPath(directory, name);
    const task: MergeTask = { inputs: group.map((run) => run.path), output, directory: this.directory, seed };
    if (fileSystem === nodeFileSystem) await this.mergeInThread(task);
    else mergeRuns(fileSystem, task);
    const merged = new IndexRun({ fileSystem, cache, seed }, output);
    const { runList } = this.indexes;
    const first = runList.indexOf(group[0]!);
    this.indexes.useRuns([...runList.slice(0, first), merged, ...runList.slice(first + group.length)]);
    for (const run of group) fileSystem.remove(run.path);
  }

  private async mergeInThread(task: MergeTask): Promise<void> {
    this.pool ??= new Piscina({ filename: workerPath, name: 'merge', minThreads: 0, maxThreads: 1, idleTimeout: 1000 });
    await this.pool.run(task);
  }
}

/** The thread's file lies beside this one, compiled or not. */
const workerPath = fileURLToPath(new URL(import.meta.url.replace(/run-keeper(\.[jt]s)$/, 'merge-worker$1')));
