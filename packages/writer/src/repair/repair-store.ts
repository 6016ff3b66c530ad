/**
 * Takes a damaged store back to its longest whole prefix, says exactly what that costs, and keeps what it removes. Runs only
 * when it is called, and never on a store in which nothing is wrong.
 *
 * Invariants: what is lost is durably written down before anything is changed, other than what the redo log makes up for; until
 * the new head is published, a writer treats the store as damaged, as before; killed at any step, it is completed by calling it
 * again. Why this way: docs/decisions/0018-repair.md.
 */
import {
  type ExportOptions,
  type FileSystem,
  type Finding,
  hasErrorCode,
  nodeFileSystem,
  type VerifyOptions,
  type VerifyResult,
  verifyStore,
} from '@varve/core';
import {
  checkOptions,
  createCodec,
  describeStore,
  emptyHead,
  fileNames,
  type OptionRule,
  optionRules,
  ReadablePartition,
  readWholeFile,
  resolveReadOptions,
  type StoreDescription,
  type StoreSurvey,
  surveyStore,
  verifyRules,
  withoutStop,
  withoutUndefined,
} from '@varve/core/internal';
import { openForWriting } from '../open-for-writing.ts';
import { LOCK_RECLAIM, type WriteOptions, writeOptionRules } from '../options.ts';
import { cutPartition } from '../recovery/cut.ts';
import { replayRedoLog } from '../recovery/replay-redo-log.ts';
import { cutCatalog } from '../recovery/recover-catalog.ts';
import { takeLock } from '../store-setup.ts';
import { WritableStorage } from '../writable-storage.ts';
import { Aside } from './aside.ts';
import { findLost, type LostEvents, type LostStream } from './lost-events.ts';
import { planRepair, type RepairPlan } from './repair-plan.ts';
import { refused } from './refused.ts';

export type { LostStream };

export interface RepairOptions extends VerifyOptions, Pick<WriteOptions, 'serializer' | 'hmacSecret'> {
  /** Only reports what would be done, as if there were no redo log. @default false */
  readonly dryRun?: boolean;
}

export interface RepairResult {
  /** False when nothing is wrong with the store, and in a dry run. */
  readonly isChanged: boolean;
  /** Position of the last event that is, or would be, left. */
  readonly lastPosition: number;
  readonly lost: LostEvents;
  /** The folder with `report.json` and `lost-events.ndjson`; undefined when nothing was changed. */
  readonly aside: string | undefined;
  /** What was found before the repair. */
  readonly before: VerifyResult;
  /** What is left to do afterwards: consumers to be reset, matchers to be given again. */
  readonly remaining: readonly Finding[];
}

export const repairRules: Readonly<Record<keyof RepairOptions, OptionRule>> = {
  ...verifyRules,
  serializer: writeOptionRules.serializer,
  hmacSecret: writeOptionRules.hmacSecret,
  dryRun: optionRules.boolean,
};

/**
 * Repairs the store in the folder `directory`. Throws `STORE_MISSING`, `STORE_LOCKED` when a writer has it open, and
 * `REPAIR_REFUSED`, with nothing changed.
 */
export async function repairStore(directory: string, options: RepairOptions = {}): Promise<RepairResult> {
  checkOptions({ directory }, { directory: optionRules.path });
  checkOptions(options, repairRules);
  const { fileSystem = nodeFileSystem, dryRun = false } = options;
  // Throws `STORE_MISSING`, before the lock makes a file there.
  describeStore(fileSystem, directory);
  const lock = dryRun ? undefined : takeLock(fileSystem, directory);
  let work: RepairWork;
  try {
    work = await new Repair(directory, options).run();
  } finally {
    lock?.release();
  }
  const { result, aside } = work;
  if (aside === undefined) return result;
  await makeIndexes(directory, options, work.isCustom);
  const after = await verifyStore(directory, verifyPart(options));
  return { ...result, remaining: after.findings };
}

interface RepairWork {
  readonly result: RepairResult;
  /** Undefined when nothing was changed. */
  readonly aside: Aside | undefined;
  /** Whether the store's partitioner is a function of the user. */
  readonly isCustom: boolean;
}

class Repair {
  private readonly directory: string;
  private readonly options: RepairOptions;

  constructor(directory: string, options: RepairOptions) {
    this.directory = directory;
    this.options = options;
  }

  async run(): Promise<RepairWork> {
    const { directory, options } = this;
    if (options.dryRun !== true) this.redo();
    const damagedSnapshots: string[] = [];
    const onFinding = (found: Finding): void => {
      if (found.code === 'SNAPSHOT') damagedSnapshots.push(found.path);
      options.onFinding?.(found);
    };
    const before = await verifyStore(directory, { ...verifyPart(options), onFinding });
    const { lastPosition } = before;
    const nothing = { positions: undefined, unreadable: [], readableEvents: 0, streams: [], commits: 0, commitIds: [] };
    const unchanged = { isChanged: false, aside: undefined, before, remaining: before.findings };
    if (before.isWhole) {
      return { result: { ...unchanged, lastPosition, lost: nothing }, aside: undefined, isCustom: false };
    }
    const survey = this.survey(before);
    try {
      const plan = before.hasAllEvents ? undefined : planRepair(survey, before);
      const last = plan?.lastPosition ?? lastPosition;
      if (options.dryRun === true) {
        const lost = await findLost(directory, last, survey.promised, this.exportPart, () => undefined);
        return { result: { ...unchanged, lastPosition: last, lost }, aside: undefined, isCustom: false };
      }
      const aside = new Aside(survey.files.context.fileSystem, directory);
      const lost = await findLost(directory, last, survey.promised, this.exportPart, (event) => aside.keep(event));
      aside.finish({ lastPosition: last, lost, findings: before.findings });
      for (const path of damagedSnapshots) aside.take(path);
      if (plan !== undefined) this.cut(survey, plan);
      const result = { isChanged: true, lastPosition: last, lost, aside: aside.folder, before, remaining: [] };
      return { result, aside, isCustom: survey.store.description.partitioner === 'custom' };
    } finally {
      survey.files.context.pool.closeAll();
    }
  }

  /** Does what a writer would do first: nothing that the redo log has is lost. */
  private redo(): void {
    const description = describeStore(this.fileSystem, this.directory);
    // The description is damaged, which is refused later on.
    if (typeof description === 'string') return;
    const { files, head, partitions } = this.surveyOf(description);
    const { context } = files;
    try {
      if (head === undefined || head.clean) return;
      const names = new Map(partitions.map(({ id, name }) => [id, name]));
      const partition = (id: number): ReadablePartition | undefined =>
        names.has(id) ? new ReadablePartition(context, id, names.get(id)!) : undefined;
      replayRedoLog({ context, partition, redo: head.redo });
    } finally {
      context.pool.closeAll();
    }
  }

  private survey(before: VerifyResult): StoreSurvey {
    const { directory, options } = this;
    const description = describeStore(this.fileSystem, directory);
    if (typeof description === 'string') {
      throw refused(directory, withoutStop(before.findings[0]!.message));
    }
    // Refuses a missing serializer here.
    createCodec(description.codec, options.serializer, { load: () => [], add: () => undefined }, directory);
    return this.surveyOf(description);
  }

  private surveyOf(description: StoreDescription): StoreSurvey {
    return surveyStore(this.directory, description, {
      ...withoutUndefined(this.options),
      fileSystem: this.fileSystem,
    });
  }

  private get fileSystem(): FileSystem {
    return this.options.fileSystem ?? nodeFileSystem;
  }

  /**
   * Cuts first, then publishes: until the head says where the store ends now, a writer finds less than what was durable, and
   * refuses the store, as it did before.
   */
  private cut(survey: StoreSurvey, { files, catalogBytes, cuts, lastPosition, indexes }: RepairPlan): void {
    const { context } = files;
    indexes.write(lastPosition, files.store.nextId);
    const path = `${context.directory}/${fileNames.catalog}`;
    if (catalogBytes < survey.catalog.sizeBytes) {
      cutCatalog(context, path, readWholeFile(context.fileSystem, path)!, catalogBytes);
    }
    for (const { partition, offset } of cuts) cutPartition(context, partition, offset);
    context.pool.closeAll();
    const known = survey.head ?? emptyHead;
    // The redo log would put back what is cut off.
    const reach = { visible: lastPosition, durable: lastPosition, indexed: 0, clean: false, redo: 0 };
    const head = { ...known, ...reach, catalogBytes, durableCatalogBytes: 0 };
    const { description } = survey.store;
    const options = resolveReadOptions({ fileSystem: context.fileSystem });
    openForWriting(context, { description, options, mayCutAtFault: true, head }).close();
    context.pool.closeAll();
  }

  private get exportPart(): ExportOptions {
    const { fileSystem, dataDirectory, indexDirectory, archiveDirectory, serializer, signal } = this.options;
    return withoutUndefined({
      fileSystem,
      dataDirectory,
      indexDirectory,
      archiveDirectory,
      serializer,
      signal,
    }) as ExportOptions;
  }
}

/** Stands in for a partitioner of the user: nothing is committed, so nobody calls it. */
const nowhere = (): string => 'none';

/** Rebuilds everything that is derived from frames. */
async function makeIndexes(directory: string, options: RepairOptions, isCustom: boolean): Promise<void> {
  const { fileSystem, dataDirectory, indexDirectory, archiveDirectory, consumerDirectory } = options;
  const { serializer, hmacSecret } = options;
  const partitioner = isCustom ? nowhere : undefined;
  const places = { fileSystem, dataDirectory, indexDirectory, archiveDirectory, consumerDirectory };
  const given = withoutUndefined({ ...places, serializer, partitioner, hmacSecret }) as WriteOptions;
  const storage = new WritableStorage(directory, { ...given, lock: LOCK_RECLAIM });
  try {
    storage.reindex(0);
  } catch (error) {
    // Whoever has the functions must give them again; until then the backfills are findings.
    if (!hasErrorCode(error, 'MATCHER_MISSING', 'MATCHER_UNTRUSTED')) throw error;
  } finally {
    await storage.closeInOrder();
  }
}

function verifyPart(options: RepairOptions): VerifyOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => Object.hasOwn(verifyRules, name)));
}
