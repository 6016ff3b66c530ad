/** Takes the snapshots of a system: on request, and when one is due. One at a time, while commands continue. */
import { type Timer, VarveError } from '@varve/core';
import { messageOf } from '@varve/core/internal';
import type { EventStore } from '@varve/writer';
import { journalVersionAt } from '../journal/journal-version.ts';
import { ModelCapture } from '../snapshot/model-capture.ts';
import { SnapshotFolder } from '../snapshot/snapshot-folder.ts';
import type { ResolvedSnapshotOptions } from '../snapshot/snapshot-options.ts';
import { type SnapshotInfo, SnapshotWriter } from '../snapshot/snapshot-writer.ts';
import type { RestoredModel } from './restored-model.ts';

export interface SnapshotListener {
  snapshotTaken(info: SnapshotInfo): void;
  snapshotFailed(error: Error): void;
}

export class Snapshots {
  private readonly store: EventStore;
  private readonly restored: RestoredModel;
  private readonly options: ResolvedSnapshotOptions;
  private readonly listener: SnapshotListener;
  /** Resolves when the commands executed before the call are on the medium. */
  private readonly whenDurable: () => Promise<unknown>;
  private readonly folder: SnapshotFolder;
  private underWay: Promise<SnapshotInfo> | undefined;
  private timer: Timer | undefined;
  private isClosed = false;
  /** The number, in the journal, of the last command that a snapshot contains or that was to be contained in a failed one. */
  private lastVersion = 0;

  constructor(
    store: EventStore,
    restored: RestoredModel,
    listener: SnapshotListener,
    whenDurable: () => Promise<unknown>,
  ) {
    this.store = store;
    this.whenDurable = whenDurable;
    this.restored = restored;
    this.listener = listener;
    this.options = restored.system.options.snapshot;
    this.folder = new SnapshotFolder(store.storage.options.fileSystem, store.directory, restored.system.name);
  }

  /**
   * To be called when the model was restored from a snapshot that contains `version` events of the journal. If that was
   * of an older model version, a snapshot of the current version is taken at once.
   */
  start(version: number, isMigrated: boolean): void {
    this.lastVersion = version;
    this.startTimer();
    if (isMigrated) this.takeInBackground();
    else this.takeIfDue();
  }

  /** To be called after each command. */
  takeIfDue(): void {
    const { every } = this.options;
    const isDue = every !== undefined && this.restored.version - this.lastVersion >= every;
    if (isDue && this.underWay === undefined && !this.isClosed) this.takeInBackground();
  }

  /**
   * Takes a snapshot of the model as it is now. Resolves when it is durable. While one is being taken, the next waits.
   * Rejects with `SNAPSHOT_FAILED`; the system continues as before.
   */
  async take(): Promise<SnapshotInfo> {
    while (this.underWay !== undefined) await this.underWay.catch(() => undefined);
    this.underWay = this.takeNow();
    try {
      return await this.underWay;
    } finally {
      this.underWay = undefined;
    }
  }

  /** Waits for the current snapshot, and for those already requested. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.timer?.cancel();
    while (this.underWay !== undefined) await this.underWay.catch(() => undefined);
  }

  private async takeNow(): Promise<SnapshotInfo> {
    const { restored, store, folder } = this;
    const { version, position, timeUs, model, system } = restored;
    this.lastVersion = version;
    let capture: ModelCapture | undefined;
    try {
      if (version === 0) throw new Error('there was no command yet');
      const subject = {
        modelVersion: system.version,
        position,
        journalVersion: version,
        clockUs: timeUs,
        nextId: model.transaction.nextId,
      };
      capture = new ModelCapture(model);
      const durable = this.whenDurable();
      // The promise is awaited later, and a failure is reported then.
      durable.catch(() => undefined);
      const info = await new SnapshotWriter(store.storage, folder).write(subject, capture, () => durable);
      const isOwn = (at: number): boolean => journalVersionAt(store.storage, system.stream, at) !== undefined;
      folder.prune(this.options.keep, position, isOwn);
      this.listener.snapshotTaken(info);
      return info;
    } catch (cause) {
      throw new VarveError('SNAPSHOT_FAILED', `No snapshot in ${folder.path}: ${messageOf(cause)}.`, {
        path: folder.path,
        cause,
        hint: 'The system goes on, and restores itself from an older one and the journal. Mend the cause, or make room.',
      });
    } finally {
      capture?.end();
    }
  }

  private takeInBackground(): void {
    this.take().catch((error: unknown) => this.listener.snapshotFailed(error as Error));
  }

  private startTimer(): void {
    const { everyMs } = this.options;
    if (everyMs === undefined) return;
    this.timer = this.store.storage.options.clock.setTimer(() => {
      if (this.isClosed) return;
      if (this.underWay === undefined && this.restored.version > this.lastVersion) this.takeInBackground();
      this.startTimer();
    }, everyMs);
  }
}
