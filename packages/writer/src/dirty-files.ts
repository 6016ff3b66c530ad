/**
 * What was written since the last sync: segment files, the catalog, and directories in which files were created. A sync covers
 * all of it, so that one wait for the medium serves every commit that waits.
 *
 * Where that would be several segments, or more than a page, it syncs the redo log instead, and the segments when half of the
 * log is full. Invariant: a sync ends only when the medium has every byte that was appended before it began, in the segment or
 * in the redo log.
 */
import type { StoreContext, RandomSource } from '@varve/core/internal';
import { type AppendedBytes, makeRedoLog, type RedoLog } from './redo-log.ts';
import type { WriteFile } from './write-file.ts';

/** Files that are synced concurrently: more than the thread pool takes, and few enough to keep open. */
const maxSyncsAtOnce = 16;

/** The same while commits wait for syncs of the redo log, which need a thread too. */
const maxSyncsBeside = 2;

/** Syncs that a redo log would have made faster, before one is created: it is not worth creating for a few commits. */
const largeSyncsBeforeRedo = 3;

/** Most bytes appended to one segment for which syncing it takes no longer than syncing the redo log. */
const smallSyncBytes = 4096;

export interface DirtyFilesInput {
  readonly context: StoreContext;
  /** Size of the redo log; 0 when there is to be none. */
  readonly redoLogBytes: number;
  readonly random: RandomSource;
  /** Whether someone waits for what is appended now. */
  readonly isSyncWanted: () => boolean;
  /** Position up to which everything is durable. */
  readonly durablePosition: () => number;
  /** Throws when the store no longer belongs to this writer. */
  readonly assertOwn: () => void;
  /** Durably records which redo log counts from now on. */
  readonly nameRedoLog: (redo: number) => void;
  /** Whether the files must no longer be written. */
  readonly isOver: () => boolean;
  /** Takes the failure of a sync that nobody waits for. */
  readonly failed: (error: unknown) => void;
}

export class DirtyFiles {
  private readonly input: DirtyFilesInput;
  private files = new Set<WriteFile>();
  private directories = new Set<string>();
  /** Files that will no longer be written: closed as soon as they are synced. */
  private readonly retired = new Set<WriteFile>();
  /** What has a sync under way: nothing may rely on it yet. */
  private underWay: { readonly files: Set<WriteFile>; readonly directories: Set<string> } | undefined;
  private redo: RedoLog | undefined;
  /** Segments that were appended to since the last sync, and by how much. */
  private readonly appendedTo = new Set<WriteFile>();
  private appendedBytes = 0;
  /** Files whose unsynced bytes are all in records of the redo log. */
  private readonly inRedo = new Set<WriteFile>();
  /** The same for the record that is yet to be written. */
  private readonly inNextRecord = new Set<WriteFile>();
  /** Work beside the syncs: syncing the files that the other half of the redo log refers to, or creating the log. */
  private beside: { readonly files: readonly WriteFile[]; readonly ended: Promise<void> } | undefined;
  private largeSyncs = 0;

  constructor(input: DirtyFilesInput) {
    this.input = input;
  }

  add(file: WriteFile): void {
    this.files.add(file);
  }

  /** Notes what was appended to a segment. */
  appended(file: WriteFile, appended: AppendedBytes): void {
    const { files, redo } = this;
    this.appendedTo.add(file);
    this.appendedBytes += appended.length;
    // The redo log has no headers: the first bytes of a segment are synced with the segment.
    const mayBeTaken = file.syncedBytes > 0 && !files.has(file) && this.input.isSyncWanted();
    const isTaken = mayBeTaken && redo?.take(appended) === true;
    (isTaken ? this.inNextRecord : files).add(file);
  }

  addDirectory(directory: string): void {
    this.directories.add(directory);
  }

  retire(file: WriteFile): void {
    this.retired.add(file);
    // Synced and closed with the next sync: many files may be retired before half of the redo log is full.
    if (file.needsSync) this.files.add(file);
  }

  /** Makes durable what was written before this call; resolves when it is. */
  async syncLater(): Promise<void> {
    const isLarge = this.appendedTo.size > 1 || this.appendedBytes > smallSyncBytes;
    if (isLarge && this.input.isSyncWanted() && ++this.largeSyncs === largeSyncsBeforeRedo) this.beginRedoLog();
    if (!isLarge && this.inRedo.size === 0) this.forgetNextRecord();
    else if (this.redo?.isEmpty === false && this.redo.needsOtherHalf) await this.changeHalves(this.redo);
    if (this.input.isOver()) return;
    const redo = this.writeRedo();
    const taken = this.take();
    this.underWay = taken;
    const files = [...taken.files];
    // New directories alone need no wait.
    if (redo !== undefined || files.length > 0) {
      await Promise.all([redo?.syncLater(), syncAll(files, maxSyncsAtOnce, this.input.isOver)]);
    }
    this.finish(taken.directories);
    this.underWay = undefined;
  }

  sync(): void {
    this.forgetNextRecord();
    const { files, directories } = this.take();
    const beside = this.beside?.files ?? [];
    const all = new Set([...beside, ...(this.underWay?.files ?? []), ...this.inRedo, ...files]);
    for (const file of all) if (isUnsynced(file)) file.sync();
    this.inRedo.clear();
    this.finish(new Set([...(this.underWay?.directories ?? []), ...directories]));
  }

  /** Resolves when no work beside the syncs is under way. */
  async settled(): Promise<void> {
    while (this.beside !== undefined) await this.beside.ended;
  }

  /** Closes the files that waited to be synced; for the end, when nobody asks for a sync any more. */
  close(): void {
    for (const file of this.retired) file.close();
    this.retired.clear();
    this.redo?.close();
    this.redo = undefined;
  }

  private closeRetired(): void {
    for (const file of this.retired) {
      if (file.needsSync || file.isBusy) continue;
      file.close();
      this.retired.delete(file);
    }
  }

  private take(): { files: Set<WriteFile>; directories: Set<string> } {
    const { files, directories } = this;
    this.files = new Set();
    this.directories = new Set();
    this.appendedTo.clear();
    this.appendedBytes = 0;
    return { files, directories };
  }

  private finish(directories: Set<string>): void {
    for (const directory of directories) this.input.context.fileSystem.syncDirectory(directory);
    this.closeRetired();
  }

  /** Writes the next record of the redo log, and returns the log when it must be synced. */
  private writeRedo(): RedoLog | undefined {
    const { redo } = this;
    if (redo === undefined || redo.isEmpty) return undefined;
    this.input.assertOwn();
    try {
      redo.write(this.input.durablePosition());
    } catch {
      // Nothing is lost: the bytes are in the segments, which are synced instead from now on.
      for (const file of this.inRedo) this.files.add(file);
      this.inRedo.clear();
      this.forgetNextRecord();
      redo.close();
      this.redo = undefined;
      return undefined;
    }
    for (const file of this.inNextRecord) this.inRedo.add(file);
    this.inNextRecord.clear();
    return redo;
  }

  /** Discards the next record of the redo log: its bytes are synced in the segments instead. */
  private forgetNextRecord(): void {
    for (const file of this.inNextRecord) this.files.add(file);
    this.inNextRecord.clear();
    this.redo?.discard();
  }

  /** Begins the other half of the redo log, and meanwhile syncs the files that this half refers to. */
  private async changeHalves(redo: RedoLog): Promise<void> {
    await this.settled();
    if (this.input.isOver()) return;
    redo.beginOtherHalf();
    const files = [...this.inRedo];
    this.inRedo.clear();
    this.workBeside(files, async () => {
      await syncAll(files, maxSyncsBeside, this.input.isOver);
      redo.released();
      this.closeRetired();
    });
  }

  private beginRedoLog(): void {
    const { context, redoLogBytes: sizeBytes, random, assertOwn, nameRedoLog, isOver } = this.input;
    if (sizeBytes === 0) return;
    const redo = Number.parseInt(random.hex(4), 16) || 1;
    this.workBeside([], async () => {
      // Without a redo log, every sync takes the segments.
      const log = await makeRedoLog({ ...context, redo, sizeBytes }, assertOwn).catch(() => undefined);
      if (log === undefined) return;
      try {
        if (isOver()) return;
        nameRedoLog(redo);
        this.redo = log;
      } finally {
        if (this.redo === undefined) log.close();
      }
    });
  }

  private workBeside(files: readonly WriteFile[], work: () => Promise<void>): void {
    const ended = work()
      .catch((error: unknown) => {
        if (!this.input.isOver()) this.input.failed(error);
      })
      .finally(() => (this.beside = undefined));
    this.beside = { files, ended };
  }
}

async function syncAll(files: readonly WriteFile[], atOnce: number, isOver: () => boolean): Promise<void> {
  for (let first = 0; first < files.length && !isOver(); first += atOnce) {
    const some = files.slice(first, first + atOnce).filter(isUnsynced);
    await Promise.all(some.map((file) => file.syncLater()));
  }
}

/**
 * Whether a file must be synced, or waited for, before anyone relies on it. A file that was synced by `sync` meanwhile may have
 * been moved or dropped since: it must not be opened again.
 */
function isUnsynced(file: WriteFile): boolean {
  return file.needsSync || file.isBusy;
}
