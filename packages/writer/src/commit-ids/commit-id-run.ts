/**
 * Looks up commit ids in one immutable file of their hashes, with a few small reads: hashes are evenly distributed, so the
 * search begins close to where an entry must be. The whole file is checked before it is first used.
 */
import { CorruptionError, type FileHandle } from '@varve/core';
import {
  checkCommitIdRun,
  type CommitIdEntry,
  commitIdEntryBytes,
  commitIdEntryOffset,
  type CommitIdHash,
  type CommitIdScope,
  compareHashes,
  type StoreContext,
  readCommitIdEntry,
  readFully,
  readWholeFile,
  accessible,
} from '@varve/core/internal';

const hashRange = 2 ** 32;

interface WholeRun {
  readonly bytes: Uint8Array;
  readonly entryCount: number;
}

export class CommitIdRun {
  readonly path: string;
  /** Positions after `base` up to `last` are covered. */
  readonly base: number;
  readonly last: number;
  private readonly context: StoreContext;
  private entryCount: number | undefined;
  private readonly buffer = new Uint8Array(commitIdEntryBytes);

  constructor(context: StoreContext, path: string, range: { readonly base: number; readonly last: number }) {
    this.context = context;
    this.path = path;
    this.base = range.base;
    this.last = range.last;
  }

  get size(): number {
    return (this.entryCount ??= this.check().entryCount);
  }

  /** All entries, in order of their hashes. */
  entries(): CommitIdEntry[] {
    const { bytes, entryCount } = this.check();
    return Array.from({ length: entryCount }, (_, entry) => readCommitIdEntry(bytes, commitIdEntryOffset(entry)));
  }

  /** Positions of commits whose ids have this hash: nearly always none or one. */
  find(hash: CommitIdHash): number[] {
    const { size } = this;
    if (size === 0) return [];
    const file = this.context.pool.open(this.path);
    let first = this.firstNotBelow(file, hash);
    const found: number[] = [];
    for (; first < size; first++) {
      const entry = this.entryAt(file, first);
      if (compareHashes(entry, hash) !== 0) break;
      found.push(entry.position);
    }
    return found;
  }

  /** Narrows the range to where the hash should be, and bisects what is left. */
  private firstNotBelow(file: FileHandle, hash: CommitIdHash): number {
    let low = 0;
    let high = this.size;
    const expected = Math.floor((hash.high / hashRange) * high);
    // Evenly distributed values are nearly always this close to their expected place.
    const reach = Math.ceil(4 * Math.sqrt(high)) + 1;
    const [near, far] = [Math.max(0, expected - reach), Math.min(high - 1, expected + reach)];
    if (compareHashes(this.entryAt(file, near), hash) < 0) low = near + 1;
    else high = near;
    if (low <= far) {
      if (compareHashes(this.entryAt(file, far), hash) < 0) low = far + 1;
      else high = Math.min(high, far);
    }
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareHashes(this.entryAt(file, middle), hash) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private entryAt(file: FileHandle, entry: number): CommitIdEntry {
    readFully(file, this.buffer, 0, commitIdEntryBytes, commitIdEntryOffset(entry));
    return readCommitIdEntry(this.buffer, 0);
  }

  private get scope(): CommitIdScope {
    return { seed: this.context.seed, base: this.base, last: this.last };
  }

  /** Whether the file is as it was written; reads all of it again. */
  isWhole(): boolean {
    return this.tryCheck() !== undefined;
  }

  private check(): WholeRun {
    const whole = this.tryCheck();
    if (whole !== undefined) return whole;
    throw new CorruptionError(`The commit ids in ${this.path} are damaged.`, {
      path: this.path,
      hint: 'Call `reindex(0)` on the storage of the writer: the ids are then found again from the frames.',
    });
  }

  private tryCheck(): WholeRun | undefined {
    const bytes = accessible(this.path, () => readWholeFile(this.context.fileSystem, this.path));
    const entryCount = bytes === undefined ? undefined : checkCommitIdRun(bytes, this.scope);
    return bytes === undefined || entryCount === undefined ? undefined : { bytes, entryCount };
  }
}
