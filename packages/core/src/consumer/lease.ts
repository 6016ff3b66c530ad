/**
 * The right to run a consumer. This object allows one run at a time, and the lock on the consumer's file allows one
 * across all processes. While the lease is held, the feed of events is open.
 */
import { VarveError } from '../errors.ts';
import type { EventFeed } from './event-feed.ts';

/** Excludes other runs in any process. `acquire` throws `CONSUMER_IN_USE` when another one holds it. */
interface Guard {
  acquire(): void;
  release(): void;
}

export class Lease {
  private readonly guard: Guard;
  private readonly feed: EventFeed;
  /** Name of the consumer in messages. */
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

  /** Resolves when the consumer is no longer running. */
  get finished(): Promise<void> {
    return this.ended;
  }

  /** Throws `CONSUMER_IN_USE` when the lease is held already. `give` ends the lease; `signal` ends only the feed. */
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
      // The previous run must have released the file first.
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
