/**
 * Turns the postings in memory into index runs, and has runs merged in a thread. Only the holder of the writer's lock may use
 * it.
 *
 * Invariants: a run covers only what was written; it is durable before it has its name; the runs that a merged one was made
 * from are removed only when it is in use.
 */
import { fileURLToPath } from 'node:url';
import { hasErrorCode, nodeFileSystem } from '@varve/core';
import type { Piscina } from 'piscina';
import {
  encodeRun,
  errorFrom,
  EventReader,
  fileNames,
  findRuns,
  IndexRun,
  type IndexSet,
  openRuns,
  type StoreContext,
  type ReadableStorage,
  Postings,
  replaceFile,
  type RunName,
  runPath,
  temporarySuffix,
  unavailable,
} from '@varve/core/internal';
import { asDiskFull, whenThereIsRoom } from '../disk-full.ts';
import { chooseMerge } from './merge-policy.ts';
import { mergeRuns, type MergeTask } from './merge-runs.ts';
import type { MergeOutcome } from './merge-worker.ts';
import { RunRebuilder } from './run-rebuilder.ts';

/** When a store is closed with fewer events than this after its runs, these are left to be read from frames. */
const minAtClose = 4096;
/** How often a run for which there is no room is tried while enough new events for another run are committed. */
const attemptsPerRun = 8;
/** Merging creates hardly any objects; without a limit, its thread could keep as many new ones as the whole process. */
const mergeYoungGenerationMb = 8;

export class RunKeeper {
  private readonly context: StoreContext;
  private readonly indexes: IndexSet;
  private readonly eventsPerRun: number;
  private readonly failed: (error: Error) => void;
  private readonly directory: string;
  private pool: Piscina | undefined;
  private mergeUnderWay: Promise<void> | undefined;
  /** False until the store is open: a merge could go on in its thread when opening failed and the lock is released. */
  private mayMerge = false;
  /** Position up to which everything is durable. */
  private durable = 0;
  /** After a run for which there was no room: the position from which on it is tried again. */
  private notBefore = 0;

  /** `failed` is called when a merge fails: nothing is lost, but somebody must learn of it. */
  constructor(context: StoreContext, indexes: IndexSet, eventsPerRun: number, failed: (error: Error) => void) {
    this.context = context;
    this.indexes = indexes;
    this.eventsPerRun = eventsPerRun;
    this.failed = failed;
    this.directory = `${context.indexDirectory}/${fileNames.indexes}`;
  }

  /**
   * Opens the runs on disk, up to the first damaged one, and rebuilds those that are missing up to `position`. `isThorough`
   * reads them as a whole; otherwise postings are checked when they are first used.
   */
  open(storage: ReadableStorage, position: number, isThorough: boolean): void {
    const { context, indexes } = this;
    this.removeTemporary();
    indexes.epoch = storage.catalog.epochs.highest;
    indexes.useRuns(openRuns(context, position, [], storage.history));
    if (isThorough) this.leaveOutDamaged();
    context.segmentRecords.assertIndexed(indexes.runsCover, this.directory);
    this.catchUp(new EventReader(storage), position);
  }

  /** Merges runs from now on, beginning with the existing ones; everything up to `durable` is durable. */
  startMerging(durable: number): void {
    this.mayMerge = true;
    this.durable = durable;
    this.mergeIfNeeded();
  }

  /** Notes that everything up to `position` is durable. */
  madeDurable(position: number): void {
    const before = this.durable;
    this.durable = position;
    const newest = this.indexes.runList.findLast(({ header }) => header.last <= position);
    if (newest !== undefined && newest.header.last > before) this.mergeIfNeeded();
  }

  /** Uses these runs, of which some were rebuilt, and the tail after them instead of all others. */
  takeRebuilt(runs: readonly IndexRun[], tail: Postings): void {
    this.indexes.replace(runs, tail);
    this.removeUnused(tail.covered);
    this.mergeIfNeeded();
  }

  /** Whether there is enough in memory for a run. */
  isDue(position: number): boolean {
    return position >= this.notBefore && position - this.indexes.runsCover >= this.eventsPerRun;
  }

  /**
   * Writes the postings in memory as a run; everything up to the last position must have been written. Without room for the
   * run, that can wait: for some more events, or for the next writer.
   */
  build(): void {
    this.notBefore = this.indexes.covered + this.eventsPerRun / attemptsPerRun;
    if (whenThereIsRoom(() => this.write())) this.notBefore = 0;
  }

  /** The same when it cannot wait. Throws `DISK_FULL`. */
  buildNow(): void {
    try {
      this.write();
    } catch (error) {
      throw asDiskFull(error, this.directory);
    }
  }

  private write(): void {
    const { context, indexes } = this;
    const contents = indexes.tailContents();
    const { fileSystem, indexDirectory: directory, seed, cache } = context;
    const path = runPath(directory, contents);
    if (indexes.runList.length === 0) {
      fileSystem.makeDirectory(this.directory);
      fileSystem.syncDirectory(directory);
    }
    replaceFile(fileSystem, path, encodeRun(contents, seed), { isDurable: true });
    indexes.useRuns([...indexes.runList, new IndexRun({ fileSystem, cache, seed }, path)]);
    this.mergeIfNeeded();
  }

  /** Writes a last run if it is worth it, so that opening the store need not read what it covers. */
  async close(position: number): Promise<void> {
    this.mayMerge = false;
    if (position - this.indexes.runsCover >= Math.min(minAtClose, this.eventsPerRun)) this.build();
    await this.stop();
  }

  /** Waits for a merge to end, and ends the thread. When the writer stays one, runs that are built later are merged again. */
  async stop(): Promise<void> {
    this.mayMerge = false;
    await this.mergeUnderWay;
    await this.pool?.destroy();
    this.pool = undefined;
    this.mayMerge = true;
  }

  /**
   * Removes runs that are not in use: remains of merges, damaged runs, and those that reach past the end of the store. Durably:
   * a run that came back after a power cut would be taken as valid once the store has grown past it.
   */
  private removeUnused(position: number): void {
    const { fileSystem, indexDirectory: directory } = this.context;
    const inUse = new Set(this.indexes.runList.map((run) => run.path));
    const { chain, others } = findRuns(fileSystem, directory, position);
    const unused = [...chain, ...others].map((name) => runPath(directory, name)).filter((path) => !inUse.has(path));
    for (const path of unused) fileSystem.remove(path);
    if (unused.length > 0) fileSystem.syncDirectory(this.directory);
  }

  /** Removes what a writer that died has left under temporary names. */
  private removeTemporary(): void {
    const { fileSystem } = this.context;
    for (const name of fileSystem.list(this.directory) ?? []) {
      if (name.endsWith(temporarySuffix)) fileSystem.remove(`${this.directory}/${name}`);
    }
  }

  /** Reads all runs, and leaves out those from the first damaged one on: they are rebuilt from frames. */
  private leaveOutDamaged(): void {
    const { runList } = this.indexes;
    const whole = runList.slice(0, firstDamaged(runList));
    if (whole.length < runList.length) this.indexes.replace(whole, new Postings(whole.at(-1)?.header.last ?? 0));
  }

  /** Builds runs of the frames up to `position` that no run covers, as long as there are enough for one; the rest is the tail. */
  private catchUp(reader: EventReader, position: number): void {
    const { context, indexes, eventsPerRun } = this;
    const rebuilder = new RunRebuilder(context, indexes.runsCover, eventsPerRun);
    try {
      for (let next = indexes.runsCover + 1; next <= position; next = reader.frame.lastPosition + 1) {
        reader.find(next);
        rebuilder.take(reader.frame);
      }
    } catch (error) {
      rebuilder.discard();
      throw error;
    }
    const { runs, tail } = rebuilder.putInPlace();
    this.takeRebuilt([...indexes.runList, ...runs], tail);
  }

  /**
   * Only runs of durable events: a merged run that reached past the end of the store after a crash would be useless, and would
   * have replaced runs that cannot be rebuilt where events were dropped.
   */
  private mergeIfNeeded(): void {
    if (!this.mayMerge || this.mergeUnderWay !== undefined) return;
    const runs = this.indexes.runList.filter((run) => run.header.last <= this.durable);
    const group = chooseMerge(
      runs.map((run) => ({ ...run.header, run })),
      this.eventsPerRun,
    );
    if (group.length === 0) return;
    this.mergeUnderWay = this.merge(group.map((each) => each.run)).then(
      (isMerged) => {
        this.mergeUnderWay = undefined;
        // Without room for it, the merge is tried again when there is another run.
        if (isMerged) this.mergeIfNeeded();
      },
      (error: unknown) => {
        // Not again before there is another run: what made the merge fail may last.
        this.mergeUnderWay = undefined;
        const isInUse = group.every(({ run }) => this.indexes.runList.includes(run));
        if (isInUse) this.failed(unavailable(this.directory, error) as Error);
      },
    );
  }

  /** False when there was no room for the merged run. */
  private async merge(group: readonly IndexRun[]): Promise<boolean> {
    const { fileSystem, indexDirectory: directory, seed, cache } = this.context;
    const name: RunName = { base: group[0]!.header.base, last: group.at(-1)!.header.last, onlyIndex: 0 };
    const output = runPath(directory, name);
    const task: MergeTask = { inputs: group.map((run) => run.path), output, directory: this.directory, seed };
    const isMerged =
      fileSystem === nodeFileSystem
        ? await this.mergeInThread(task)
        : whenThereIsRoom(() => mergeRuns(fileSystem, task));
    if (!isMerged) return false;
    const { runList } = this.indexes;
    const first = runList.indexOf(group[0]!);
    if (first < 0) {
      // Rebuilt meanwhile: these runs are not in use any more, and neither is the merged one.
      if (runList.every((run) => run.path !== output)) fileSystem.remove(output);
      return true;
    }
    const merged = new IndexRun({ fileSystem, cache, seed }, output);
    this.indexes.useRuns([...runList.slice(0, first), merged, ...runList.slice(first + group.length)]);
    for (const run of group) fileSystem.remove(run.path);
    return true;
  }

  private async mergeInThread(task: MergeTask): Promise<boolean> {
    this.pool ??= await createPool();
    const outcome = (await this.pool.run(task)) as MergeOutcome;
    if (typeof outcome === 'boolean') return outcome;
    throw errorFrom(outcome);
  }
}

/** Loaded when there is something to merge: most writers end before that, and start faster without it. */
async function createPool(): Promise<Piscina> {
  const { Piscina } = await import('piscina');
  return new Piscina({
    filename: workerPath,
    name: 'merge',
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: 1000,
    resourceLimits: { maxYoungGenerationSizeMb: mergeYoungGenerationMb },
  });
}

/** Index of the first run that is not whole; the number of runs when all are. */
function firstDamaged(runs: readonly IndexRun[]): number {
  for (const [place, run] of runs.entries()) {
    try {
      run.verify();
    } catch (error) {
      if (hasErrorCode(error, 'CORRUPTION')) return place;
      throw error;
    }
  }
  return runs.length;
}

/** The file of the thread is beside this one, compiled or not. */
const workerPath = fileURLToPath(new URL(import.meta.url.replace(/run-keeper(\.[jt]s)$/, 'merge-worker$1')));
