/** The pending replay of dead letters. All who ask for one before it is done share it. */
import type { ReplayedLetters } from '../protocol/messages.ts';

export class PendingReplay {
  private pending: PromiseWithResolvers<ReplayedLetters> | undefined;

  get isWanted(): boolean {
    return this.pending !== undefined;
  }

  /** The outcome of the replay, for whoever asks for it. */
  ask(): Promise<ReplayedLetters> {
    this.pending ??= Promise.withResolvers();
    const { promise } = this.pending;
    // It may be rejected before anyone awaits it.
    promise.catch(() => undefined);
    return promise;
  }

  done(report: ReplayedLetters): void {
    this.pending?.resolve(report);
    this.pending = undefined;
  }

  refuse(reason: Error): void {
    this.pending?.reject(reason);
    this.pending = undefined;
  }
}
