/**
 * Keeps position and state of one consumer as one record, replaced atomically, so that the two that are read back
 * always belong together. Layout: docs/format.md, "Consumer".
 *
 * Only the consumer that holds the lock writes; any process may read.
 */
import { type Clock, systemClock } from '../clock/clock.ts';
import { StateCodec } from '../codec/state-codec.ts';
import { messageOf, VarveError } from '../errors.ts';
import {
  consumerHeaderBytes,
  consumerMark,
  consumerRecordBytes,
  consumerSlotOffset,
  consumerSlotSeed,
  type ConsumerIdentity,
  type ConsumerRecord,
  decodeConsumerHeader,
  decodeConsumerRecords,
  encodeConsumerHeader,
  encodeConsumerRecord,
  newestPosition,
} from '../format/consumer-record.ts';
import { consumerFileName, consumerOwnerPath } from '../format/file-names.ts';
import { makeDurableDirectory } from '../file-system/durable-directory.ts';
import {
  type FileHandle,
  type FileLock,
  type FileSystem,
  readFully,
  readWholeFile,
  replaceFile,
  writeFully,
} from '../file-system/file-system.ts';
import { describeLockOwner, readLockOwner, writeLockOwner } from '../file-system/lock-owner.ts';
import { accessible } from '../storage/store-description.ts';
import { type ConsumedSource, identifySource, type SourceIdentity } from './consumed-source.ts';

/** What a consumer saves: its state, and the last event in that state. */
export interface Checkpoint {
  /** Position in the store of the last event in the state; 0 when there is none. */
  readonly position: number;
  /** Epoch and checksum of that event's frame, to tell whether the store still has this history; 0 when there is none. */
  readonly epoch: number;
  readonly frameChecksum: number;
  /** Version of the source to begin after; used only while there is no event in the state. */
  readonly since?: number;
  readonly state: unknown;
}

export interface ConsumerFilePlace {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  readonly storeId: string;
  readonly source: ConsumedSource;
  readonly consumerId: string;
  /** @default 'state' */
  readonly holds?: ConsumerIdentity['holds'];
  readonly clock?: Clock;
}

const minSlotBytes = 4096;

const stateCodec = new StateCodec();

export class ConsumerFile {
  readonly path: string;
  private readonly place: ConsumerFilePlace;
  private readonly source: SourceIdentity;
  /** Distinguishes its file from those of other consumers. */
  private readonly mark: string;
  private handle: FileHandle | undefined;
  private lock: FileLock | undefined;
  /** Identity of the file that was locked; undefined where locks are not files. */
  private lockIdentity: string | undefined;
  private sequence = 0;
  private slotBytes = 0;
  private slotSeed = 0;
  private slot = new Uint8Array(0);

  constructor(place: ConsumerFilePlace) {
    this.place = place;
    this.source = identifySource(place.source);
    this.path = `${place.directory}/${consumerFileName(this.source, place.consumerId)}`;
    const { holds = 'state', consumerId } = place;
    this.mark = consumerMark({ holds, kind: this.source.kind, key: this.source.key, consumerId });
  }

  /** Makes this the only consumer that writes the file. Throws `CONSUMER_IN_USE` when another one does. */
  acquire(): void {
    const { fileSystem, directory, consumerId, clock = systemClock } = this.place;
    const { lockPath } = this;
    accessible(directory, () => {
      if (fileSystem.stat(directory) === undefined) makeDurableDirectory(fileSystem, directory);
    });
    const lock = accessible(lockPath, () => fileSystem.lock(lockPath));
    if (lock === undefined) throw this.inUse();
    try {
      const { kind, key } = this.source;
      accessible(this.ownerPath, () =>
        writeLockOwner(fileSystem, this.ownerPath, clock.nowUs(), { kind, source: key, consumer: consumerId }),
      );
    } catch (error) {
      lock.release();
      throw error;
    }
    this.lock = lock;
    this.lockIdentity = accessible(lockPath, () => fileSystem.stat(lockPath)?.identity);
  }

  release(): void {
    this.handle?.close();
    this.handle = undefined;
    this.lock?.release();
    this.lock = undefined;
  }

  /**
   * Number of the record that `load` read or `save` wrote; each record's number is one more than the one before. 0 when
   * there is none.
   */
  get loadedSequence(): number {
    return this.sequence;
  }

  /** The newest checkpoint; undefined when the consumer never saved one. Throws when the file cannot be read. */
  load(): Checkpoint | undefined {
    const { path } = this;
    const bytes = accessible(path, () => readWholeFile(this.place.fileSystem, path));
    if (bytes === undefined) return undefined;
    const record = this.decode(bytes);
    this.sequence = record.sequence;
    const { position, epoch, frameChecksum } = record;
    const place = epoch === 0 ? { position: 0, since: position } : { position, since: 0 };
    return { ...place, epoch, frameChecksum, state: this.decodeState(record.state) };
  }

  /**
   * The position that was saved last, read without the state and without verifying checksums: a hint whether `load` is
   * worth the effort. Undefined when nothing was saved, or when the header of the file is damaged.
   */
  peekPosition(): number | undefined {
    const { fileSystem } = this.place;
    return accessible(this.path, () => {
      if (fileSystem.stat(this.path) === undefined) return undefined;
      const file = fileSystem.open(this.path, 'read');
      try {
        const read = (offset: number, length: number): Uint8Array => {
          const bytes = new Uint8Array(length);
          return bytes.subarray(0, readFully(file, bytes, 0, length, offset));
        };
        const header = decodeConsumerHeader(read(0, consumerHeaderBytes));
        if (typeof header === 'string') return undefined;
        return newestPosition(
          [0, 1].map((slot) => read(consumerSlotOffset(slot, header.slotBytes), consumerRecordBytes(0))),
        );
      } finally {
        file.close();
      }
    });
  }

  /** Replaces the checkpoint. With `sync` it is on the medium when this returns. */
  save(checkpoint: Checkpoint, sync: boolean): void {
    const state = this.encodeState(checkpoint.state);
    const { epoch, frameChecksum } = checkpoint;
    const position = epoch === 0 ? (checkpoint.since ?? 0) : checkpoint.position;
    const record: ConsumerRecord = { sequence: this.sequence + 1, position, epoch, frameChecksum, state };
    const length = consumerRecordBytes(state.length);
    accessible(this.path, () => {
      this.assertInPlace();
      if (this.handle === undefined || length > this.slotBytes) this.rewrite(record, length, sync);
      else this.writeSlot(record, length, sync);
    });
    this.sequence = record.sequence;
  }

  /** Throws when the locked file was removed or replaced: the state would not be found, and others could run the consumer. */
  private assertInPlace(): void {
    if (this.lock === undefined || this.lockIdentity === undefined) return;
    const identity = this.place.fileSystem.stat(this.lockPath)?.identity;
    if (identity === this.lockIdentity) return;
    throw new VarveError(
      'STORE_REPLACED',
      `${this.lockPath} was ${identity === undefined ? 'removed' : 'replaced'} while its consumer ran: its state was not saved.`,
      {
        path: this.lockPath,
        hint: 'Leave the files of a store alone while it is open. Open it anew, and run the consumer again.',
      },
    );
  }

  private writeSlot(record: ConsumerRecord, length: number, sync: boolean): void {
    encodeConsumerRecord(this.slot, record, this.slotSeed);
    writeFully(this.handle!, this.slot, 0, length, consumerSlotOffset(record.sequence, this.slotBytes));
    if (sync) this.handle!.sync();
  }

  /**
   * Creates a file with room for the record to grow, and replaces the old one with it. If there is an old one, the new one
   * is always synced: otherwise a power failure could leave its name without its bytes, and the old file, which may long
   * have been on the medium, would be gone.
   */
  private rewrite(record: ConsumerRecord, length: number, sync: boolean): void {
    const { fileSystem, storeId } = this.place;
    const slotBytes = Math.max(minSlotBytes, 2 ** Math.ceil(Math.log2(length)));
    const slot = new Uint8Array(slotBytes);
    const header = encodeConsumerHeader({ slotBytes, storeId, consumer: this.mark });
    const slotSeed = consumerSlotSeed(header);
    encodeConsumerRecord(slot, record, slotSeed);
    const slotOffset = consumerSlotOffset(record.sequence, slotBytes);
    const bytes = new Uint8Array(slotOffset + length);
    bytes.set(header);
    bytes.set(slot.subarray(0, length), slotOffset);
    this.handle?.close();
    this.handle = undefined;
    const { path } = this;
    replaceFile(fileSystem, path, bytes, { isDurable: sync || fileSystem.stat(path) !== undefined });
    this.handle = fileSystem.open(path, 'write');
    this.slotBytes = slotBytes;
    this.slotSeed = slotSeed;
    this.slot = slot;
  }

  private get lockPath(): string {
    return `${this.path}.lock`;
  }

  private get ownerPath(): string {
    return consumerOwnerPath(this.path);
  }

  private inUse(): VarveError {
    const { source } = this;
    const { fileSystem, consumerId } = this.place;
    const owner = describeLockOwner(fileSystem, this.ownerPath);
    const name = `${JSON.stringify(consumerId)} of ${source.name}`;
    return new VarveError('CONSUMER_IN_USE', `The consumer ${name} is being run already${owner}.`, {
      path: this.path,
      stream: source.name,
      found: readLockOwner(fileSystem, this.ownerPath),
      hint: 'Stop the other one, or give this consumer an id of its own. The lock is free as soon as its owner ends.',
    });
  }

  private decode(bytes: Uint8Array): ConsumerRecord {
    const header = decodeConsumerHeader(bytes);
    if (typeof header === 'string') throw this.unreadable(`its header is damaged (${header})`);
    if (header.storeId !== this.place.storeId) {
      throw new VarveError('DIVERGED', `The consumer state ${this.path} belongs to another store.`, {
        path: this.path,
        expected: this.place.storeId,
        found: header.storeId,
        hint: 'Reset the consumer to build its state anew from this store, or bring back the store it belongs to.',
      });
    }
    if (header.consumer !== undefined && header.consumer !== this.mark) {
      throw this.unreadable('it is the file of another consumer');
    }
    const record = decodeConsumerRecords(bytes, header);
    if (record === undefined) throw this.unreadable('no record in it matches its checksum');
    return record;
  }

  private decodeState(bytes: Uint8Array): unknown {
    try {
      return stateCodec.decode(bytes);
    } catch (error) {
      throw this.unreadable(`the state in it cannot be decoded: ${messageOf(error)}`);
    }
  }

  private encodeState(state: unknown): Uint8Array {
    try {
      return stateCodec.encode(state);
    } catch (error) {
      throw new VarveError('SERIALIZATION', `The state for ${this.path} cannot be encoded: ${messageOf(error)}.`, {
        path: this.path,
        cause: error,
        hint: 'A state is plain data: objects, arrays, strings, numbers, Map, Set, Date, bytes.',
      });
    }
  }

  private unreadable(reason: string): VarveError {
    return new VarveError('CONSUMER_STATE', `The consumer state ${this.path} cannot be read: ${reason}.`, {
      path: this.path,
      hint: 'Restore the file from a copy, or reset the consumer to build its state anew from the events.',
    });
  }
}
