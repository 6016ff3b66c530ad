/** The replay of dead letters that somebody waits for. All who ask before it was done wait for the same one. */
import type { ReplayedLetters } from '../protocol/messages.ts';

export class PendingReplay {
  private pending: PromiseWithResolvers<ReplayedLetters> | undefined;

  get isWanted(): boolean {
    return this.pending !== undefined;
  }

  /** What becomes of the replay: for whoever asks for it. */
  ask(): Promise<ReplayedLetters> {
    this.pending ??= Promise.withResolvers();
    const { promise } = this.pending;
    // It may be refused before anybody waits.
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
