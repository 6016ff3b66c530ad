/**
 * The right to run a consumer: one run at a time in this process, by this object, and by the lock of its file one
 * anywhere. Whoever has it has an open feed of events.
 */
import { VarveError } from '../errors.ts';
import type { EventFeed } from './event-feed.ts';

/** What keeps others out, in whatever process. Taking it throws `CONSUMER_IN_USE` when somebody has it. */
interface Guard {
  acquire(): void;
  release(): void;
}

export class Lease {
  private readonly guard: Guard;
  private readonly feed: EventFeed;
  /** What the consumer is called in messages. */
  private readonly name: string;
  private isTaken = false;
  private ended: Promise<void> = Promise.resolve();
  private end: () => void = () => undefined;

  constructor(guard: Guard, feed: EventFeed, name: string) {
    this.guard = guard;
    this.feed = feed;
    this.name = name;
  }

  get isHeld(): boolean {
    return this.isTaken;
  }

  /** Resolves when the consumer is not running any more. */
  get finished(): Promise<void> {
    return this.ended;
  }

  /** Throws `CONSUMER_IN_USE` when somebody has it. It ends by `give`; `signal` ends only the feed. */
  async take(signal: AbortSignal | undefined): Promise<void> {
    if (this.isTaken) throw this.isRunningAlready();
    this.isTaken = true;
    const { guard, feed, ended: before } = this;
    const done = Promise.withResolvers<void>();
    this.ended = done.promise;
    const abort = (): void => feed.end();
    this.end = () => {
      signal?.removeEventListener('abort', abort);
      feed.close();
      guard.release();
      this.isTaken = false;
      done.resolve();
    };
    try {
      feed.open();
      signal?.addEventListener('abort', abort, { once: true });
      // Whoever had it just now must have given the file free.
      await before;
      guard.acquire();
    } catch (error) {
      this.end();
      throw error;
    }
  }

  give(): void {
    this.end();
  }

  private isRunningAlready(): VarveError {
    return new VarveError('CONSUMER_IN_USE', `The consumer ${this.name} is running already, by this very object.`, {
      hint: 'Stop it first, or use one handler for both purposes.',
    });
  }
}
