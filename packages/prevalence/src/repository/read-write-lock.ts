/**
 * Many may read at once, or one may write. A writer waits for the running readers, and later readers wait for the
 * writer. A read within a running read does not wait: the writer waits for it, too.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { rejection } from '../commands/rejection.ts';

interface Reading {
  isOver: boolean;
}

export class ReadWriteLock {
  /** The read within which a call is made, if any. */
  private readonly reading = new AsyncLocalStorage<Reading>();
  private readers = 0;
  private readonly writers: (() => void)[] = [];
  private readonly waitingReaders: (() => void)[] = [];

  /** Runs `read`, which may be asynchronous, to its end while no one writes. */
  async read<Result>(read: () => Result | Promise<Result>): Promise<Result> {
    const isWithin = this.reading.getStore()?.isOver === false;
    if (this.writers.length > 0 && !isWithin) await new Promise<void>((resolve) => this.waitingReaders.push(resolve));
    this.readers++;
    const reading = { isOver: false };
    try {
      return await this.reading.run(reading, read);
    } finally {
      reading.isOver = true;
      this.readers--;
      this.next();
    }
  }

  /** Runs `write`, which is synchronous, as soon as no one reads. */
  async write<Result>(write: () => Result): Promise<Result> {
    if (this.readers === 0 && this.writers.length === 0) return write();
    return new Promise<Result>((resolve) => {
      this.writers.push(() => resolve(promiseOf(write)));
    });
  }

  private next(): void {
    if (this.readers > 0) return;
    for (const write of this.writers.splice(0)) write();
    for (const read of this.waitingReaders.splice(0)) read();
  }
}

function promiseOf<Result>(run: () => Result): Result | Promise<Result> {
  try {
    return run();
  } catch (error) {
    return rejection(error);
  }
}
