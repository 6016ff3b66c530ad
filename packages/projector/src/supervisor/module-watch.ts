/**
 * Detects that the contents of a module's file differ from those that were loaded, for development. A watch is only a
 * hint: what counts are the hashes of the contents, which are also checked on a timer, because watches lose changes.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { FSWatcher } from 'chokidar';
import { type FileHashes, hashOfFile, noFile } from '../protocol/file-hash.ts';

const lookEveryMs = 1000;
/** An editor may write files in several steps; it is done when nothing has changed for this long. */
const settledAfterMs = 50;

export class ModuleWatch {
  private readonly loaded: () => FileHashes;
  private readonly onChange: () => Promise<void>;
  private readonly timer: NodeJS.Timeout;
  private watcher: FSWatcher | undefined;
  /** What was reported last: if that could not be loaded, reporting it again would not help. */
  private told: FileHashes = {};
  private looking: Promise<void> | undefined;
  private isClosed = false;

  /**
   * `loaded`: the files of the module, as of its last load. `onChange` is called for one change at a time; a change
   * during the call is detected after it.
   */
  constructor(loaded: () => FileHashes, onChange: () => Promise<void>) {
    this.loaded = loaded;
    this.onChange = onChange;
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
    this.watcher = watch([], { ignoreInitial: true, persistent: false });
    // Without the watch, the timer remains.
    this.watcher.on('all', () => this.wake()).on('error', () => undefined);
    this.wake();
  }

  private wake(): void {
    this.looking ??= this.look().finally(() => {
      this.looking = undefined;
    });
  }

  private async look(): Promise<void> {
    const paths = Object.keys(this.loaded());
    // Paths that it watches already are ignored.
    this.watcher?.add(paths);
    const found = this.find(paths);
    if (!this.isNews(found)) return;
    await wait(settledAfterMs, undefined, { ref: false });
    if (this.isClosed || !isDeepStrictEqual(this.find(paths), found)) return;
    this.told = found;
    await this.onChange();
  }

  private find(paths: readonly string[]): FileHashes {
    return Object.fromEntries(paths.map((path) => [path, hashOfFile(path)]));
  }

  private isNews(found: FileHashes): boolean {
    const loaded = this.loaded();
    // A missing file is being replaced.
    const changed = Object.keys(found).filter((path) => found[path] !== noFile && found[path] !== loaded[path]);
    if (changed.length === 0) this.told = {};
    return changed.some((path) => found[path] !== this.told[path]);
  }
}
