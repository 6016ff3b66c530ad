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
  /** Throws `LOCK_LOST` or `STORE_REPLACED` when the store is not this writer's any more. */
  assertOwn(): void;
  /** Publishes the head with these changes. Throws when it could not be written. */
  publish(change: HeadChange): void;
  /** Makes the last published head durable. */
  sync(): void;
  /** Makes the file anew, in case that it was lost or damaged, and durable. */
  rewrite(change: HeadChange): void;
  close(): void;
}

export interface HeadWriterInput {
  readonly directory: string;
  readonly fileSystem: FileSystem;
  readonly clock: Clock;
  readonly seed: number;
  readonly fence: WriterFence;
  /** What was published last. */
  readonly head: Head;
  /** What each head says of the catalog: how much of it was synced. */
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
      // The other slot is whole, and this one is the next to be written again.
      throw asDiskFull(error, this.handle.path);
    }
    this.current = head;
  }

  sync(): void {
    this.handle.sync();
  }

  rewrite(change: HeadChange): void {
    const replaced = this.handle;
    // Opened first: where that fails, the old one is still there to be closed.
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
