/**
 * Many may read at once, or one may write. Who wants to write waits for those who read, and those who come later wait for
 * it; but not those who read already, and do so once more meanwhile: it waits for them.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { rejection } from '../commands/rejection.ts';

interface Reading {
  isOver: boolean;
}

export class ReadWriteLock {
  /** The reading that a call is made in, if any. */
  private readonly reading = new AsyncLocalStorage<Reading>();
  private readers = 0;
  private readonly writers: (() => void)[] = [];
  private readonly waitingReaders: (() => void)[] = [];

  /** Runs `read`, to its end when it is asynchronous, while nobody writes. */
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

  /** Runs `write`, which is synchronous, as soon as nobody reads. */
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
