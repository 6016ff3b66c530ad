/** Many may read at once, or one may write. Who wants to write waits for those who read, and those who come later wait for it. */
import { rejection } from '../commands/rejection.ts';

export class ReadWriteLock {
  private readers = 0;
  private readonly writers: (() => void)[] = [];
  private readonly waitingReaders: (() => void)[] = [];

  /** Runs `read`, to its end when it is asynchronous, while nobody writes. */
  async read<Result>(read: () => Result | Promise<Result>): Promise<Result> {
    if (this.writers.length > 0) await new Promise<void>((resolve) => this.waitingReaders.push(resolve));
    this.readers++;
    try {
      return await read();
    } finally {
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
