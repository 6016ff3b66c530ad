/**
 * Group commit: one sync at a time, repeated while someone waits for what was flushed meanwhile, so that all waiters share one
 * wait for the medium.
 *
 * Invariant: a position is called durable only after a sync that began when everything up to it had been written.
 */
import type { DirtyFiles } from './dirty-files.ts';
import { Waiters } from './waiters.ts';

export interface GroupSyncInput {
  readonly files: Pick<DirtyFiles, 'syncLater' | 'settled'>;
  /** Position up to which everything was written. */
  flushedPosition(): number;
  /** Position up to which everything is durable. */
  durablePosition(): number;
  /** Publishes that everything up to `position` is durable. */
  publishDurable(position: number): void;
  /** Whether everything that is flushed is to be synced, even if nobody waits. */
  readonly syncAll: boolean;
  /** Whether the store failed or was closed, so that its files must no longer be written. */
  isOver(): boolean;
  failed(error: unknown): void;
}

export class GroupSync {
  readonly waiters = new Waiters();
  private readonly input: GroupSyncInput;
  private underWay: Promise<void> | undefined;

  constructor(input: GroupSyncInput) {
    this.input = input;
  }

  /** Starts a sync, unless one is under way. */
  start(): void {
    this.underWay ??= this.run();
  }

  startIfNeeded(): void {
    if (this.isNeeded()) this.start();
  }

  /** Resolves when no sync is under way. */
  async settled(): Promise<void> {
    while (this.underWay !== undefined) await this.underWay;
    await this.input.files.settled();
  }

  private async run(): Promise<void> {
    const { input, waiters } = this;
    try {
      do {
        const target = input.flushedPosition();
        await input.files.syncLater();
        if (input.isOver()) return;
        // A change may have made more durable in the meantime; the durable position never goes back.
        const durable = Math.max(target, input.durablePosition());
        input.publishDurable(durable);
        waiters.reach(durable);
        // Those who waited may commit again at once: they run before this decides whether to go on.
        await Promise.resolve();
      } while (this.isNeeded());
    } catch (error) {
      if (!input.isOver()) input.failed(error);
    } finally {
      // In the same turn as the decision to end: from now on, whoever needs a sync must start another one.
      this.underWay = undefined;
    }
  }

  /** Whether somebody waits for what is flushed. */
  get isWanted(): boolean {
    return this.input.syncAll || !this.waiters.isEmpty;
  }

  private isNeeded(): boolean {
    const { input, waiters } = this;
    const flushed = input.flushedPosition();
    // A change that makes everything durable itself does not notify those who wait here.
    return this.isWanted && (input.durablePosition() < flushed || waiters.hasUpTo(flushed));
  }
}
