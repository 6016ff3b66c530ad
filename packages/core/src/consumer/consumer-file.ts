/**
 * Keeps position and state of one consumer as one record, replaced atomically: whatever happens, the two that are
 * read back belong together. Layout: docs/format.md, "Consumer".
 *
 * Only the consumer that holds the lock writes; any process may read.
 */
import { StateCodec } from '../codec/state-codec.ts';
import { messageOf, VarveError } from '../errors.ts';
import {
  consumerRecordBytes,
  consumerSlotOffset,
  type ConsumerRecord,
  decodeConsumerHeader,
  decodeConsumerRecords,
  encodeConsumerHeader,
  encodeConsumerRecord,
} from '../format/consumer-record.ts';
import { consumerFileName, temporarySuffix } from '../format/file-names.ts';
import {
  type FileHandle,
  type FileLock,
  type FileSystem,
  readWholeFile,
  replaceFile,
  writeFully,
} from '../file-system/file-system.ts';
import { accessible } from '../storage/store-description.ts';

/** What a consumer saves: the state, and the last event that is contained in it. */
export interface Checkpoint {
  /** Position in the store of the last event in the state; 0 when there is none. */
  readonly position: number;
  /** Epoch and checksum of that event's frame, to tell whether the store still has this history. */
  readonly epoch: number;
  readonly frameChecksum: number;
  readonly state: unknown;
}

export interface ConsumerFilePlace {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  readonly storeId: string;
  readonly stream: string;
  readonly consumerId: string;
}

const smallestSlotBytes = 4096;

const stateCodec = new StateCodec();

export class ConsumerFile {
  readonly path: string;
  private readonly place: ConsumerFilePlace;
  private handle: FileHandle | undefined;
  private lock: FileLock | undefined;
  private sequence = 0;
  private slotBytes = 0;
  private slot = new Uint8Array(0);

  constructor(place: ConsumerFilePlace) {
    this.place = place;
    this.path = `${place.directory}/${consumerFileName(place.stream, place.consumerId)}`;
  }

  /** Makes this the only consumer that writes the file. Throws `CONSUMER_IN_USE` when another one does. */
  acquire(): void {
    const { fileSystem, directory, stream, consumerId } = this.place;
    const lockPath = `${this.path}.lock`;
    accessible(directory, () => fileSystem.makeDirectory(directory));
    this.lock = accessible(lockPath, () => fileSystem.lock(lockPath));
    if (this.lock !== undefined) return;
    const name = `${JSON.stringify(consumerId)} of stream ${JSON.stringify(stream)}`;
    throw new VarveError('CONSUMER_IN_USE', `The consumer ${name} is run by another process or in this one.`, {
      path: this.path,
      stream,
      hint: 'Stop the other one, or give this consumer an id of its own. The lock is free as soon as its owner ends.',
    });
  }

  release(): void {
    this.handle?.close();
    this.handle = undefined;
    this.lock?.release();
    this.lock = undefined;
  }

  /** The newest checkpoint; undefined when the consumer never saved one. Throws when there is one that is unreadable. */
  load(): Checkpoint | undefined {
    const { path } = this;
    const bytes = accessible(path, () => readWholeFile(this.place.fileSystem, path));
    if (bytes === undefined) return undefined;
    const record = this.decode(bytes);
    this.sequence = record.sequence;
    const { position, epoch, frameChecksum } = record;
    return { position, epoch, frameChecksum, state: this.decodeState(record.state) };
  }

  /** Replaces the checkpoint. With `sync` it is on the medium when this returns. */
  save(checkpoint: Checkpoint, sync: boolean): void {
    const state = this.encodeState(checkpoint.state);
    const { position, epoch, frameChecksum } = checkpoint;
    const record: ConsumerRecord = { sequence: this.sequence + 1, position, epoch, frameChecksum, state };
    const length = consumerRecordBytes(state.length);
    if (this.handle === undefined || length > this.slotBytes) this.rewrite(record, length, sync);
    else this.writeSlot(record, length, sync);
    this.sequence = record.sequence;
  }

  private writeSlot(record: ConsumerRecord, length: number, sync: boolean): void {
    encodeConsumerRecord(this.slot, record);
    writeFully(this.handle!, this.slot, 0, length, consumerSlotOffset(record.sequence, this.slotBytes));
    if (sync) this.handle!.sync();
  }

  /** Makes a new file with room for the record to grow, and puts it in the place of the old one. */
  private rewrite(record: ConsumerRecord, length: number, sync: boolean): void {
    const { fileSystem, directory, storeId } = this.place;
    const slotBytes = Math.max(smallestSlotBytes, 2 ** Math.ceil(Math.log2(length)));
    const slot = new Uint8Array(slotBytes);
    encodeConsumerRecord(slot, record);
    const slotOffset = consumerSlotOffset(record.sequence, slotBytes);
    const bytes = new Uint8Array(slotOffset + length);
    bytes.set(encodeConsumerHeader({ slotBytes, storeId }));
    bytes.set(slot.subarray(0, length), slotOffset);
    this.handle?.close();
    this.handle = undefined;
    const temporaryPath = this.path + temporarySuffix;
    replaceFile(fileSystem, { directory, path: this.path, temporaryPath }, bytes, sync);
    this.handle = fileSystem.open(this.path, 'write');
    this.slotBytes = slotBytes;
    this.slot = slot;
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
    const record = decodeConsumerRecords(bytes, header.slotBytes);
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
