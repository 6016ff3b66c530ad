/**
 * Reads single events by position: finds the frame, verifies it, decodes. One reader serves one caller at a time; an
 * event in the same frame as the one before costs no second verification. Any process may use it.
 */
import { jsonTextOf } from '../codec/json-text.ts';
import { CorruptionError, messageOf, systemErrorCode, VarveError } from '../errors.ts';
import { ifThere } from '../file-system/if-there.ts';
import type { FrameView } from '../format/frame.ts';
import { type EventMetadata, isFlat, mergeMetadata, ownMetadata } from './event-metadata.ts';
import type { EventsAhead } from './events-ahead.ts';
import { FrameCursor } from './frame-cursor.ts';
import { frameOfAnotherHistory } from './stop-reason.ts';
import type { FrameLocation } from './readable-position-index.ts';
import type { ReadableStorage } from './readable-storage.ts';

/** One event with everything that is known about it. */
export interface StoredEvent<Payload = unknown> {
  readonly stream: string;
  readonly payload: Payload;
  readonly metadata: EventMetadata;
}

export class EventReader {
  private readonly storage: ReadableStorage;
  private readonly cursor = new FrameCursor();
  /** Where the frame of the current event begins. */
  readonly location: Readonly<FrameLocation>;
  private readonly found: FrameLocation = { partitionId: 0, offset: 0 };
  private event = 0;
  /** The storage's `rebases` when the frame was read: a copied frame, which spans blocks, outlives those blocks. */
  private rebases = 0;
  /** Decoded metadata of a commit, with position and checksum of its frame; position 0 when they must be decoded again. */
  private commitMetadata: object | undefined;
  private commitMetadataPosition = 0;
  private commitMetadataChecksum = 0;

  constructor(storage: ReadableStorage) {
    this.storage = storage;
    this.location = this.found;
  }

  /** The frame of the current event. */
  get frame(): FrameView {
    return this.cursor.view;
  }

  /**
   * Makes the event at `position` the current one, for a caller that requested it. Throws `CorruptionError` when its
   * frame is not what it must be, and whatever a `preRead` hook throws. `ahead`, if given, is at this event, too.
   */
  seek(position: number, ahead?: EventsAhead): void {
    this.find(position, ahead);
    if (this.storage.hasReadHooks) this.storage.callReadHooks(position, this.frame.streamId, this.location.partitionId);
  }

  /** The same for the store's own work: nothing of the event leaves the store, so no hooks are called. */
  find(position: number, ahead?: EventsAhead): void {
    const { view } = this.cursor;
    if (!this.isCurrent || position < view.position || position > view.lastPosition) this.load(position, ahead);
    this.event = position - view.position;
  }

  /** Like `find`, but returns false when the event is missing or damaged. */
  trySeek(position: number): boolean {
    const { storage, found: location, cursor } = this;
    if (position < storage.segmentRecords.firstPosition) return false;
    const { view } = cursor;
    const isWhole = ifThere(() => {
      if (!storage.positions.locate(position, location)) return false;
      return storage.partition(location.partitionId)?.tryRead(location.offset, cursor) === 'whole';
    }, false);
    if (!isWhole || position < view.position || position > view.lastPosition) return false;
    if (!storage.history.has(position, view.epoch)) return false;
    this.event = position - view.position;
    this.rebases = storage.rebases;
    return true;
  }

  /**
   * Whether the catalog, as far as it was read, has everything that the current frame refers to: its stream, its
   * indexes, and the structures of its payloads and metadata.
   */
  isCovered(): boolean {
    const { catalog, codec } = this.storage;
    const view = this.currentView();
    let isKnown = catalog.hasId(view.streamId);
    view.forEachLink((_, indexId) => (isKnown &&= catalog.hasId(indexId)));
    if (!isKnown) return false;
    try {
      if (view.isCompressed) this.decompress();
      if (view.metadataStart < view.metadataEnd) codec.decode(view.body, view.metadataStart, view.metadataEnd);
      for (let event = 0; event < view.count; event++) {
        codec.decode(view.body, view.payloadStart(event), view.payloadEnd(event));
      }
      return true;
    } catch {
      return false;
    }
  }

  /** The name of the stream that the current event was committed to. */
  stream(): string {
    return this.storage.streamName(this.frame.streamId);
  }

  payload(): unknown {
    const view = this.currentView();
    if (view.isCompressed) this.decompress();
    const { event } = this;
    let payload: unknown;
    try {
      payload = this.storage.codec.decode(view.body, view.payloadStart(event), view.payloadEnd(event), view.bodyView);
    } catch (error) {
      throw this.decodingFailed(error);
    }
    const { upcasters } = this.storage;
    if (upcasters === undefined || !upcasters.concerns(payload)) return payload;
    return upcasters.apply(payload as object, this.metadata());
  }

  /**
   * The payload as one line of JSON in UTF-8, built from its bytes without decoding them where possible. Valid until the next call.
   */
  payloadJson(): Uint8Array {
    const { codec, upcasters } = this.storage;
    if (codec.jsonOf !== undefined && upcasters === undefined) {
      const view = this.currentView();
      if (view.isCompressed) this.decompress();
      const { event } = this;
      let json: Uint8Array | undefined;
      try {
        json = codec.jsonOf(view.body, view.payloadStart(event), view.payloadEnd(event), view.bodyView);
      } catch (error) {
        throw this.decodingFailed(error);
      }
      if (json !== undefined) return json;
    }
    return Buffer.from(jsonTextOf(this.payload()));
  }

  /** The metadata as JSON. */
  metadataJson(): string {
    const { view } = this.cursor;
    const metadata = this.metadata();
    // The store's own metadata are only strings and numbers.
    return view.metadataStart === view.metadataEnd ? JSON.stringify(metadata) : jsonTextOf(metadata);
  }

  metadata(): EventMetadata {
    const { view } = this.cursor;
    const own = ownMetadata(view, this.event, this.storage.commitIdPrefix, this.stream());
    return view.metadataStart === view.metadataEnd ? own : this.withCommitMetadata(own);
  }

  /** The frame, read again if other reads have replaced it in the cache since `seek`. */
  private currentView(): FrameView {
    const { view } = this.cursor;
    if (!this.isCurrent) this.load(view.position + this.event);
    return view;
  }

  private get isCurrent(): boolean {
    return this.cursor.isCurrent && this.rebases === this.storage.rebases;
  }

  private load(position: number, ahead?: EventsAhead): void {
    this.read(position, ahead);
    this.rebases = this.storage.rebases;
  }

  private read(position: number, ahead?: EventsAhead): void {
    const { storage } = this;
    const { segmentRecords } = storage;
    if (position < segmentRecords.firstPosition) throw segmentRecords.droppedError(position, storage.directory);
    if (this.loadNext(position)) return;
    if (ahead !== undefined && this.loadGuessed(position, ahead)) return;
    let fault: Error | undefined;
    try {
      fault = this.tryLoad(position);
      // A writer rebuilds the index. If a frame is missing or damaged, the rebuild reports that.
      if (fault !== undefined && storage.positions.mend()) fault = this.tryLoad(position);
    } catch (error) {
      fault = error as Error;
    }
    if (fault === undefined) return;
    // The search for a frame that is not where it was may have found the record that it was dropped.
    throw position < segmentRecords.firstPosition ? segmentRecords.droppedError(position, storage.directory) : fault;
  }

  /** Reads the frame of the position. Returns the fault where it may be the index's, and throws any other. */
  private tryLoad(position: number): CorruptionError | undefined {
    const { storage, found: location, cursor } = this;
    const { positions } = storage;
    const partition = positions.locate(position, location) ? storage.partition(location.partitionId) : undefined;
    if (partition === undefined) return positions.corruption(position);
    const { view } = cursor;
    const check = partition.readNow(location.offset, cursor);
    if (check === 'whole' && position >= view.position && position <= view.lastPosition) {
      if (storage.history.has(position, view.epoch)) return undefined;
      throw frameOfAnotherHistory(partition, location.offset, position);
    }
    if (check === 'whole') return positions.corruption(position);
    const reached = partition.walkTo(location.offset);
    if (reached > location.offset) return positions.corruption(position);
    const damaged = partition.corruption(location.offset, check);
    if (reached === location.offset) throw damaged;
    return damaged;
  }

  /**
   * Reads the frame right after the current one without the index; true when it has `position`, as in a scan of a store
   * with one partition, except at the ends of segments.
   */
  private loadNext(position: number): boolean {
    const { storage, found: location, cursor } = this;
    const { view } = cursor;
    if (position !== view.lastPosition + 1 || !cursor.isCurrent || storage.catalog.partitionCount !== 1) return false;
    return this.tryFrameAt(location.partitionId, cursor.offset + view.sizeBytes, position);
  }

  /** Reads the frame that was looked up ahead; a fault in it is found when it is read the other way. */
  private loadGuessed(position: number, ahead: EventsAhead): boolean {
    try {
      const frame = ahead.guess();
      return frame !== undefined && this.tryFrameAt(frame.partitionId, frame.offset, position);
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return false;
      throw error;
    }
  }

  /** Whether an intact frame with `position`, of the right history, is there; it then becomes the current one. */
  private tryFrameAt(partitionId: number, offset: number, position: number): boolean {
    const { storage, found: location, cursor } = this;
    const { view } = cursor;
    const check = storage.partition(partitionId)?.tryRead(offset, cursor);
    if (check !== 'whole' || position < view.position || position > view.lastPosition) return false;
    if (!storage.history.has(position, view.epoch)) return false;
    location.partitionId = partitionId;
    location.offset = offset;
    return true;
  }

  private withCommitMetadata(own: EventMetadata): EventMetadata {
    // Reading the name of the stream from the catalog may have used the same cache.
    const view = this.currentView();
    // Compared by checksum as well: another commit may be at the position of one that was lost.
    if (this.commitMetadataPosition !== view.position || this.commitMetadataChecksum !== view.checksum) {
      if (view.isCompressed) this.decompress();
      try {
        this.commitMetadata = this.storage.codec.decode(view.body, view.metadataStart, view.metadataEnd) as object;
      } catch (error) {
        throw this.decodingFailed(error);
      }
      // Decoded for each event when they contain objects, which the receiver may change.
      this.commitMetadataPosition = isFlat(this.commitMetadata) ? view.position : 0;
      this.commitMetadataChecksum = view.checksum;
    }
    return mergeMetadata(own, this.commitMetadata);
  }

  /** Decompresses the frame, once however many of its events are read. */
  private decompress(): void {
    const { storage, frame } = this;
    const path = storage.directory;
    const place = { path, position: frame.position };
    const { compressor } = storage;
    if (compressor === undefined) {
      throw new CorruptionError(`A frame of ${path} is compressed, and the store is not.`, place);
    }
    let body: Uint8Array;
    try {
      body = compressor.decompress(frame.compressedBody, frame.bodyEnd);
    } catch (cause) {
      const reason = messageOf(cause);
      throw new CorruptionError(
        `The frame at position ${frame.position} of ${path} cannot be decompressed: ${reason}.`,
        { ...place, cause },
      );
    }
    frame.takeBody(body);
  }

  private decodingFailed(cause: unknown): VarveError {
    const position = this.frame.position + this.event;
    const path = this.storage.directory;
    return new VarveError(
      'SERIALIZATION',
      `The event at position ${position} of ${path} cannot be decoded: ${messageOf(cause)}.`,
      {
        path,
        position,
        cause,
        hint: 'Its bytes are as they were written; check that the serializer is the one that wrote them.',
      },
    );
  }
}
