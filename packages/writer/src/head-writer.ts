/**
 * Publishes the head: the one place where commits become visible to other processes. Behind an interface, because a
 * replicated store will publish elsewhere first.
 */
import type { Clock, FileHandle, FileSystem } from '@varve/core';
import { encodeHeadSlot, fileNames, type Head, headSlotBytes, headSlotOffset, writeFully } from '@varve/core/internal';
import { asDiskFull } from './disk-full.ts';
import type { WriterFence } from './writer-fence.ts';

export type HeadChange = Partial<Omit<Head, 'sequence' | 'epoch' | 'clockUs' | 'durableCatalogBytes'>>;

/** Makes a state of the store visible. */
export interface Publication {
  readonly head: Head;
  /** Throws `LOCK_LOST` or `STORE_REPLACED` when the store no longer belongs to this writer. */
  assertOwn(): void;
  /** Publishes the head with these changes. Throws when it could not be written. */
  publish(change: HeadChange): void;
  /** Makes the last published head durable. */
  sync(): void;
  /** Recreates the file if it was lost, rewrites both slots, and makes the file durable. */
  rewrite(change: HeadChange): void;
  close(): void;
}

export interface HeadWriterInput {
  readonly directory: string;
  readonly fileSystem: FileSystem;
  readonly clock: Clock;
  readonly seed: number;
  readonly fence: WriterFence;
  /** The head that was published last. */
  readonly head: Head;
  /** The catalog: each head says how much of it was synced. */
  readonly catalogFile: { readonly syncedBytes: number };
}

export class HeadWriter implements Publication {
  private handle: FileHandle;
  private readonly directory: string;
  private readonly fileSystem: FileSystem;
  private readonly fence: WriterFence;
  private readonly clock: Clock;
  private readonly seed: number;
  private readonly slot = new Uint8Array(headSlotBytes);
  private readonly catalogFile: HeadWriterInput['catalogFile'];
  private current: Head;

  constructor({ directory, fileSystem, clock, seed, fence, head, catalogFile }: HeadWriterInput) {
    this.directory = directory;
    this.fileSystem = fileSystem;
    this.fence = fence;
    this.handle = this.open();
    this.clock = clock;
    this.seed = seed;
    this.catalogFile = catalogFile;
    this.current = head;
  }

  get head(): Head {
    return this.current;
  }

  assertOwn(): void {
    this.fence.assertOwn(this.handle, this.current.epoch);
  }

  publish(change: HeadChange): void {
    const sequence = this.current.sequence + 1;
    const durableCatalogBytes = this.catalogFile.syncedBytes;
    const head = { ...this.current, ...change, durableCatalogBytes, sequence, clockUs: this.clock.nowUs() };
    encodeHeadSlot(this.slot, head, this.seed);
    try {
      writeFully(this.handle, this.slot, 0, headSlotBytes, headSlotOffset(sequence));
    } catch (error) {
      // The other slot is whole, and the next write goes to this one again.
      throw asDiskFull(error, this.handle.path);
    }
    this.current = head;
  }

  sync(): void {
    this.handle.sync();
  }

  rewrite(change: HeadChange): void {
    const replaced = this.handle;
    // Opened first: if that fails, the old handle is still there to be closed.
    this.handle = this.open();
    replaced.close();
    this.publish(change);
    this.publish(change);
    this.sync();
    this.fileSystem.syncDirectory(this.directory);
  }

  close(): void {
    this.handle.close();
  }

  private open(): FileHandle {
    const handle = this.fileSystem.open(`${this.directory}/${fileNames.head}`, 'create');
    try {
      this.fence.opened(handle);
    } catch (error) {
      handle.close();
      throw error;
    }
    return handle;
  }
}
