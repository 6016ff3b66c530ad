/**
 * Notices that the file of a module has other contents than before, for development. A watch only wakes it: what counts is
 * the hash of the contents, which is looked at on a timer, too, since watches lose changes.
 */
import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { nodeFileSystem } from '@varve/core';
import { readWholeFile } from '@varve/core/internal';
import type { FSWatcher } from 'chokidar';

const lookEveryMs = 1000;
/** An editor may write a file in several steps; it is done when nothing has changed for this long. */
const settledAfterMs = 50;

export class ModuleWatch {
  private readonly path: string;
  private readonly onChange: () => Promise<void>;
  private readonly timer: NodeJS.Timeout;
  private watcher: FSWatcher | undefined;
  private known: string | undefined;
  private looking: Promise<void> | undefined;
  private isClosed = false;

  /** `onChange` is called for one change at a time; what changes meanwhile is noticed after it. */
  constructor(path: string, onChange: () => Promise<void>) {
    this.path = path;
    this.onChange = onChange;
    this.known = this.hash();
    this.timer = setInterval(() => this.wake(), lookEveryMs).unref();
    void this.watch();
  }

  async close(): Promise<void> {
    this.isClosed = true;
    clearInterval(this.timer);
    await this.watcher?.close();
  }

  private async watch(): Promise<void> {
    const { watch } = await import('chokidar');
    if (this.isClosed) return;
    this.watcher = watch(this.path, { ignoreInitial: true, persistent: false });
    // Without a watch, there is still the timer.
    this.watcher.on('all', () => this.wake()).on('error', () => undefined);
  }

  private wake(): void {
    this.looking ??= this.look().finally(() => {
      this.looking = undefined;
    });
  }

  private async look(): Promise<void> {
    const found = this.hash();
    // A file that is missing is being replaced.
    if (found === undefined || found === this.known) return;
    await wait(settledAfterMs, undefined, { ref: false });
    if (this.isClosed || this.hash() !== found) return;
    this.known = found;
    await this.onChange();
  }

  private hash(): string | undefined {
    try {
      const bytes = readWholeFile(nodeFileSystem, this.path);
      return bytes === undefined ? undefined : createHash('sha256').update(bytes).digest('hex');
    } catch {
      return undefined;
    }
  }
}
