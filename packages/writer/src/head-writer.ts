/**
 * Publishes the head: the one place where commits become visible to other processes. Behind an interface, because a
 * replicated store will publish elsewhere first.
 */
import type { Clock, FileHandle, FileSystem } from '@varve/core';
import { encodeHeadSlot, fileNames, type Head, headSlotBytes, headSlotOffset, writeFully } from '@varve/core/internal';

export type HeadChange = Partial<Omit<Head, 'sequence' | 'epoch' | 'clockUs'>>;

/** Makes a state of the store visible. */
export interface Publication {
  readonly head: Head;
  /** Publishes the head with these changes. Throws when it could not be written. */
  publish(change: HeadChange): void;
  /** Makes the last published head durable. */
  sync(): void;
  close(): void;
}

export class HeadWriter implements Publication {
  private readonly handle: FileHandle;
  private readonly clock: Clock;
  private readonly seed: number;
  private readonly slot = new Uint8Array(headSlotBytes);
  private current: Head;

  constructor(directory: string, fileSystem: FileSystem, clock: Clock, seed: number, head: Head) {
    this.handle = fileSystem.open(`${directory}/${fileNames.head}`, 'create');
    this.clock = clock;
    this.seed = seed;
    this.current = head;
  }

  get head(): Head {
    return this.current;
  }

  publish(change: HeadChange): void {
    const sequence = this.current.sequence + 1;
    const head = { ...this.current, ...change, sequence, clockUs: this.clock.nowUs() };
    encodeHeadSlot(this.slot, head, this.seed);
    writeFully(this.handle, this.slot, 0, headSlotBytes, headSlotOffset(sequence));
    this.current = head;
  }

  sync(): void {
    this.handle.sync();
  }

  close(): void {
    this.handle.close();
  }
}
