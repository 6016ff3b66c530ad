/**
 * Checks a whole store, and reports what it finds. It only reads, and may run beside a writer and readers: it checks what was
 * visible when it began. Bounded memory: a bit for each event, the directories of index runs, and some megabytes a thread.
 */
import { availableParallelism } from 'node:os';
import { systemClock } from '../clock/clock.ts';
import { checksumSeed } from '../format/checksum.ts';
import { fileNames, nameIndexFileName } from '../format/file-names.ts';
import type { FileSystem } from '../file-system/file-system.ts';
import { nodeFileSystem } from '../file-system/node-file-system.ts';
import { checkOptions, integerUpTo, type OptionRule, optionRules, withoutUndefined } from '../option-rules.ts';
import { ReadablePartition } from '../storage/readable-partition.ts';
import { runAll, runHere, runInThreads } from './check-runner.ts';
import type { CheckTask } from './check-tasks.ts';
import { checkConsumerFile, consumerFiles } from './consumer-check.ts';
import { CrossCheck, partitionsById, type PositionRange } from './cross-check.ts';
import type { Finding } from './finding.ts';
import type { SegmentTask } from './segment-check.ts';
import { shareMemory, SharedProgress } from './shared-progress.ts';
import { checkCommitIds, checkModelFile, checkNameIndex, checkParts, modelFiles, nameIndexesIn } from './side-files.ts';
import { descriptionDamaged, describeStore, type StoreSurvey, surveyStore } from './store-survey.ts';
import { surveyCatalog } from './survey-catalog.ts';

export interface VerifyProgress {
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly findings: number;
}

export interface VerifyOptions {
  /**
   * Number of checking threads. Without this option, a small store is checked without threads.
   * @default the processor's, at most 8
   */
  readonly threads?: number;
  /** Findings that are kept; further ones are only counted. @default 1000 */
  readonly maxFindings?: number;
  /** Ends the check; the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called several times a second. */
  readonly onProgress?: (progress: VerifyProgress) => void;
  /** Called with each finding as it is found, including those that are not kept. */
  readonly onFinding?: (found: Finding) => void;
  /** As for readers: only where the files are at other paths than when the store was created. */
  readonly dataDirectory?: string;
  readonly indexDirectory?: string;
  readonly archiveDirectory?: string;
  readonly consumerDirectory?: string;
  /** The file system to read from. Tests pass a simulated disk. */
  readonly fileSystem?: FileSystem;
}

export interface VerifyResult {
  readonly directory: string;
  /** Undefined when `store.json` is damaged. */
  readonly storeId: string | undefined;
  /** True when there are no findings at all. */
  readonly isWhole: boolean;
  /** True when every visible event can be read, whatever has to be rebuilt. */
  readonly hasAllEvents: boolean;
  readonly findings: readonly Finding[];
  /** Including those that were not kept. */
  readonly findingCount: number;
  /** Positions that no whole frame has, in order. */
  readonly missing: readonly PositionRange[];
  /** The positions that were checked: from the first that was not dropped to the last that is visible. */
  readonly firstPosition: number;
  readonly lastPosition: number;
  readonly frames: number;
  readonly events: number;
  readonly streams: number;
  readonly bytes: number;
}

const verifyDefaults = { maxFindings: 1000, maxThreads: 8 } as const;

export const verifyRules: Readonly<Record<keyof VerifyOptions, OptionRule>> = {
  threads: integerUpTo(64),
  maxFindings: optionRules.positiveInteger,
  signal: { description: 'an AbortSignal', accepts: (value) => value instanceof AbortSignal },
  onProgress: optionRules.callback,
  onFinding: optionRules.callback,
  dataDirectory: optionRules.path,
  indexDirectory: optionRules.path,
  archiveDirectory: optionRules.path,
  consumerDirectory: optionRules.path,
  fileSystem: optionRules.object,
};

/** Bytes of a batch of segments, and the size from which a store is worth threads. */
const batchBytes = 8_388_608;
const threadsFromBytes = 33_554_432;
const progressIntervalMs = 200;
/** The most checks of a store in which segments are archived or dropped meanwhile. */
const maxChecks = 3;

/** Checks the store in the folder `directory`. Throws `STORE_MISSING` when there is none, and `NEWER_FORMAT`. */
export async function verifyStore(directory: string, options: VerifyOptions = {}): Promise<VerifyResult> {
  checkOptions({ directory }, { directory: optionRules.path });
  checkOptions(options, verifyRules);
  options.signal?.throwIfAborted();
  const { fileSystem = nodeFileSystem } = options;
  for (let check = 1; ; check++) {
    const description = describeStore(fileSystem, directory);
    if (typeof description === 'string') return withoutDescription(directory, description, options);
    const survey = surveyStore(directory, description, { ...withoutUndefined(options), fileSystem });
    const result = await new StoreCheck(survey, options).run();
    const isSure = result.hasAllEvents || check === maxChecks || !wasMoved(fileSystem, survey);
    if (isSure) return result;
  }
}

/** Whether segments were archived or dropped since: what was missing may have been in one of these. */
function wasMoved(fileSystem: FileSystem, { store, catalog }: StoreSurvey): boolean {
  const seed = checksumSeed(store.description.id);
  const now = surveyCatalog(fileSystem, store.directory, seed, { until: 0, sumsAt: [] });
  return now.segmentRecords.length !== catalog.segmentRecords.length;
}

function withoutDescription(directory: string, reason: string, options: VerifyOptions): VerifyResult {
  const found = descriptionDamaged(directory, reason);
  options.onFinding?.(found);
  const counts = { firstPosition: 1, lastPosition: 0, frames: 0, events: 0, streams: 0, bytes: 0 };
  const findings = [found];
  const verdict = { isWhole: false, hasAllEvents: false, findings, findingCount: 1, missing: [] };
  return { directory, storeId: undefined, ...verdict, ...counts };
}

class StoreCheck {
  private readonly survey: StoreSurvey;
  private readonly options: VerifyOptions;
  private readonly progress: SharedProgress;
  private readonly memory: ReturnType<typeof shareMemory>;
  private readonly cross: CrossCheck;
  private readonly findings: Finding[] = [];
  private findingCount = 0;
  private hasAllEvents = true;

  constructor(survey: StoreSurvey, options: VerifyOptions) {
    this.survey = survey;
    this.options = options;
    this.memory = shareMemory(survey.files.context.segmentRecords.firstPosition - 1, survey.store.visible);
    this.progress = new SharedProgress(this.memory);
    this.cross = new CrossCheck(survey, this.progress, (found) => this.report(found));
  }

  async run(): Promise<VerifyResult> {
    const { survey, options, cross, progress } = this;
    const { signal } = options;
    const cancel = (): void => progress.cancel();
    signal?.addEventListener('abort', cancel);
    const stopTelling = this.tellProgress();
    try {
      for (const found of survey.findings) this.report(found);
      await this.runTasks();
      signal?.throwIfAborted();
      const missing = cross.finish();
      await this.checkSideFiles();
      options.onProgress?.(this.now());
      return this.result(missing);
    } finally {
      stopTelling();
      signal?.removeEventListener('abort', cancel);
      survey.files.context.pool.closeAll();
    }
  }

  private result(missing: readonly PositionRange[]): VerifyResult {
    const { survey, cross, findings, findingCount } = this;
    const { store, catalog, files } = survey;
    return {
      directory: store.directory,
      storeId: store.description.id,
      isWhole: findingCount === 0,
      hasAllEvents: this.hasAllEvents,
      findings,
      findingCount,
      missing,
      firstPosition: files.context.segmentRecords.firstPosition,
      lastPosition: survey.promised,
      frames: cross.frames,
      events: cross.events,
      streams: catalog.streamCount,
      bytes: this.progress.bytesDone,
    };
  }

  private report(found: Finding): void {
    this.findingCount++;
    if (found.harm === 'events') this.hasAllEvents = false;
    if (this.findings.length < (this.options.maxFindings ?? verifyDefaults.maxFindings)) this.findings.push(found);
    this.options.onFinding?.(found);
  }

  private async runTasks(): Promise<void> {
    const { survey, memory } = this;
    const { fileSystem } = survey.files.context;
    const isWorthThreads = fileSystem === nodeFileSystem && survey.bytesTotal >= threadsFromBytes;
    const wanted = this.options.threads ?? Math.min(availableParallelism(), verifyDefaults.maxThreads);
    const threads =
      isWorthThreads || (this.options.threads !== undefined && fileSystem === nodeFileSystem) ? wanted : 0;
    const setup = { store: survey.store, memory };
    const runner = threads > 0 ? await runInThreads(threads, setup) : runHere(fileSystem, setup);
    try {
      await runAll(runner, this.tasks(), Math.max(1, threads), (report) => this.cross.take(report));
    } finally {
      await runner.close();
    }
  }

  private *tasks(): Generator<CheckTask, undefined> {
    const { survey } = this;
    let batch: SegmentTask[] = [];
    let bytes = 0;
    for (const partition of survey.partitions) {
      const { segmentList } = new ReadablePartition(survey.files.context, partition.id, partition.name);
      for (const { baseOffset, file } of segmentList) {
        batch.push({ partition, baseOffset });
        bytes += survey.files.context.fileSystem.stat(file.path)?.sizeBytes ?? 0;
        if (bytes < batchBytes) continue;
        yield { kind: 'segments', segments: batch };
        batch = [];
        bytes = 0;
      }
    }
    if (batch.length > 0) yield { kind: 'segments', segments: batch };
    for (const [number, run] of survey.runs.entries()) {
      yield { kind: 'run', run, earlier: survey.runs.slice(0, number) };
    }
    for (const run of survey.backfills) yield { kind: 'run', run, earlier: [] };
    return undefined;
  }

  /** The files that are checked one by one; other work gets a turn after each. */
  private async checkSideFiles(): Promise<void> {
    const { survey, cross } = this;
    const { files, catalog, store } = survey;
    const { consumerDirectory = `${store.directory}/${fileNames.consumers}` } = this.options;
    const partitionOf = partitionsById(survey);
    const checks: (() => Finding[])[] = [() => checkParts(files)];
    for (const covers of nameIndexesIn(files.context.fileSystem, store.indexDirectory)) {
      const path = `${store.indexDirectory}/${nameIndexFileName(covers)}`;
      checks.push(() => checkNameIndex(files, path, covers, catalog));
    }
    for (const [number, range] of store.commitIds.entries()) {
      checks.push(() => {
        const { findings, sum } = checkCommitIds(files, range);
        cross.compareIds(number, sum);
        return findings;
      });
    }
    for (const path of consumerFiles(files, consumerDirectory)) {
      checks.push(() => checkConsumerFile(files, path, partitionOf));
    }
    for (const path of modelFiles(files)) checks.push(() => checkModelFile(files, path));
    for (const check of checks) {
      for (const found of check()) this.report(found);
      await new Promise<void>((resolve) => setImmediate(resolve));
      this.options.signal?.throwIfAborted();
    }
  }

  private now(): VerifyProgress {
    const { survey, progress, findingCount } = this;
    const { bytesTotal } = survey;
    return { bytesDone: Math.min(progress.bytesDone, bytesTotal), bytesTotal, findings: findingCount };
  }

  private tellProgress(): () => void {
    const { onProgress } = this.options;
    if (onProgress === undefined) return () => undefined;
    let isOver = false;
    const wait = (): void => {
      systemClock.setTimer(() => {
        if (isOver) return;
        onProgress(this.now());
        wait();
      }, progressIntervalMs);
    };
    onProgress(this.now());
    wait();
    return () => (isOver = true);
  }
}
