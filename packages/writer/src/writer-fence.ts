/**
 * Whether this process is still the writer of the store. The lock guarantees that as long as its file is left alone. When
 * somebody removes that file, or copies it inside this process, which releases the lock, another writer can open the store; and
 * when another folder replaces the store's, what is opened by its path is no longer the store. Checked before each batch of
 * writes: the old writer must never get a byte into files that are not its own.
 *
 * Why, and what can still go wrong: docs/decisions/0002-writer-lock.md.
 */
import { type FileHandle, type FileSystem, VarveError } from '@varve/core';
import { decodeHead, headFileBytes, type StoreContext, readFully } from '@varve/core/internal';

interface KnownDirectory {
  readonly path: string;
  readonly identity: string | undefined;
}

export class WriterFence {
  private readonly fileSystem: FileSystem;
  private readonly seed: number;
  private readonly bytes = new Uint8Array(headFileBytes);
  /** The directory of the head, and the separate ones of data and indexes, as they were when the store was opened. */
  private readonly home: KnownDirectory;
  private readonly apart: readonly KnownDirectory[];
  private headIdentity: string | undefined;

  constructor({ directory, dataDirectory, indexDirectory, fileSystem, seed }: StoreContext) {
    this.fileSystem = fileSystem;
    this.seed = seed;
    const know = (path: string): KnownDirectory => ({ path, identity: fileSystem.stat(path)?.identity });
    this.home = know(directory);
    this.apart = [...new Set([dataDirectory, indexDirectory])].filter((path) => path !== directory).map(know);
  }

  /** To be called when the file of the head was opened. */
  opened(head: FileHandle): void {
    this.headIdentity = this.fileSystem.stat(head.path)?.identity;
  }

  /** Throws `STORE_REPLACED`, or `LOCK_LOST` when a head of a later epoch than `epoch` was published. */
  assertOwn(head: FileHandle, epoch: number): void {
    const identity = this.fileSystem.stat(head.path)?.identity;
    // A missing head can be rebuilt, by `reindex`, so only its directory is checked; a head that is there vouches for its directory.
    if (identity === undefined) this.assertSame(this.home);
    else if (identity !== this.headIdentity) throw replaced(head.path, 'was replaced');
    for (const directory of this.apart) this.assertSame(directory);
    const length = readFully(head, this.bytes, 0, headFileBytes, 0);
    const found = decodeHead(this.bytes, length, this.seed)?.epoch ?? epoch;
    if (found <= epoch) return;
    throw new VarveError('LOCK_LOST', `Another writer has opened the store: ${head.path} has epoch ${found}.`, {
      path: head.path,
      expected: epoch,
      found,
      hint:
        'The file writer.lock was removed, or a copy of the folder was made in this process, which frees the lock. ' +
        'Copy a store in another process, and leave its files alone while it is open.',
    });
  }

  private assertSame({ path, identity }: KnownDirectory): void {
    const found = this.fileSystem.stat(path)?.identity;
    if (found !== identity) throw replaced(path, found === undefined ? 'was removed' : 'was replaced');
  }
}

function replaced(path: string, what: string): VarveError {
  return new VarveError('STORE_REPLACED', `${path} ${what} while the store was open for writing.`, {
    path,
    hint: 'Decide which of the two stores you want, close this one, and open that one anew.',
  });
}
