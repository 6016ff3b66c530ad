/**
 * The default codec: MessagePack with msgpackr's records. The catalog stores the keys of an object once, as a
 * *structure*, and an event refers to them by number: half the bytes of JSON, and a generated constructor builds the
 * decoded object. What survives and what does not: docs/serialization.md.
 *
 * Invariant: what `encode` accepts, `decode` returns, in every process that knows the structures; a missing structure
 * never makes it return another value.
 */
import { Packr, REUSE_BUFFER_MODE } from 'msgpackr';
import { RecordJson } from '../format/record-json.ts';
import { notRead, RecordReader } from '../format/record-reader.ts';
import { notWritten, RecordWriter } from '../format/record-writer.ts';
import type { Codec, EncodedValue } from './codec.ts';
import { isNestedTooDeep, maxNesting, nestingRefused } from './nesting.ts';
import { hasProtoKey, mentionsProtoKey, protoKey, protoKeyRefused } from './proto-key.ts';

/** Where structures are kept. Structure k is the k-th that was added. */
export interface StructureRegistry {
  /** All structures known by now, in the order of their ids; looks for those that another process added since. */
  load(): readonly (readonly string[])[];
  /** Adds a structure; called before any frame that refers to it is written. */
  add(keys: readonly string[]): void;
}

/** Objects of further shapes carry their keys along. msgpackr's own limit is 8160. */
const maxSharedStructures = 8000;

/**
 * The mode in which msgpackr returns its own buffer, with `start` and `end`, instead of a new view for each call. All
 * users of msgpackr in a process share that buffer. RESET_BUFFER_MODE would free the space at once; without it the bytes
 * stay intact until the next `encode`, even when a partitioner, hook or matcher of the user calls msgpackr in between.
 */
const reuseBuffer = REUSE_BUFFER_MODE;

/**
 * `moreTypes` preserves the types Set, Error, RegExp, typed arrays and large integers; without it msgpackr leaves old
 * memory in the bytes of a typed array. `copyBuffers`, because the buffer that is decoded from is reused for other blocks.
 * Without `structuredClone` a value never refers to another one: bytes that do, which Varve never writes, could decode to
 * a value that contains itself, or turn a hundred bytes into a value that takes forever to serialize.
 */
export const packrOptions = { moreTypes: true, copyBuffers: true, structuredClone: false } as const;

export class MsgpackrCodec implements Codec {
  readonly name = 'msgpackr';
  readonly encoded: EncodedValue = { bytes: new Uint8Array(0), start: 0, end: 0 };
  private readonly registry: StructureRegistry;
  private readonly range = { start: 0, end: 0 };
  private packr: Packr;
  /** Reads the types that most payloads consist of. Knows the structures that `packr` knows. */
  private records = new RecordReader();
  /** Writes the types that most payloads consist of, to the same bytes. Knows the structures that `packr` knows. */
  private writer = new RecordWriter();
  /** The same for payloads requested as JSON; created on first use. */
  private json: RecordJson | undefined;
  private structures: (readonly string[])[] = [];
  private knownCount = 0;
  /** Number of times that the structures were loaded. */
  private loads = 0;
  private wrapped: { readonly bytes: Uint8Array; readonly buffer: Buffer } | undefined;

  constructor(registry: StructureRegistry) {
    this.registry = registry;
    this.packr = this.createPackr();
  }

  encode(value: unknown): void {
    const end = this.writer.write(value);
    if (end === notWritten) return this.pack(value);
    const { encoded } = this;
    encoded.bytes = this.writer.bytes;
    encoded.start = 0;
    encoded.end = end;
  }

  private pack(value: unknown): void {
    const bytes = this.packr.pack(value, reuseBuffer) as Buffer & { start?: number; end?: number };
    const { encoded } = this;
    // A call that met a new structure returns its own view, without start and end.
    const isShared = bytes.start !== undefined && bytes.end !== undefined && bytes.end > bytes.start;
    encoded.bytes = bytes;
    encoded.start = isShared ? bytes.start! : 0;
    encoded.end = isShared ? bytes.end! : bytes.length;
    // Each level takes at least one byte, so most events need no walk.
    if (encoded.end - encoded.start > maxNesting && isNestedTooDeep(value)) throw nestingRefused();
    if (!isShared || this.knownCount >= maxSharedStructures) this.verify(value);
  }

  decode(bytes: Uint8Array, start: number, end: number, view?: DataView): unknown {
    const read = this.records.read(bytes, start, end, view);
    return read === notRead ? this.unpack(bytes, start, end) : read;
  }

  jsonOf(bytes: Uint8Array, start: number, end: number, view?: DataView): Uint8Array | undefined {
    this.json ??= new RecordJson();
    this.json.learn(this.structures);
    return this.json.write(bytes, start, end, view);
  }

  private unpack(bytes: Uint8Array, start: number, end: number): unknown {
    this.range.start = start;
    this.range.end = end;
    const source: Uint8Array = bytes instanceof Buffer ? bytes : this.wrap(bytes);
    const loads = this.loads;
    const value = this.packr.unpack(source, this.range) as unknown;
    return loads === this.loads ? value : this.decodeAnew(source);
  }

  /**
   * Decodes again when the structures were loaded during decoding. The first result is unusable: msgpackr read on from
   * a copy of another type, and where it did not find a structure, it returned the structure's number instead of the
   * object.
   */
  private decodeAnew(source: Uint8Array): unknown {
    const loads = this.loads;
    const value = this.packr.unpack(source, this.range) as unknown;
    if (loads === this.loads) return value;
    throw new Error('It refers to a structure that is not in the catalog');
  }

  /**
   * Verifies that the encoded value can be decoded. msgpackr counts the keys of an object in two ways, which differ
   * when keys are inherited and the object hides its own `hasOwnProperty`; the bytes are then meaningless. As this
   * depends on the shape of the object, checking each new shape is enough.
   */
  private verify(value: unknown): void {
    const { bytes, start, end } = this.encoded;
    try {
      if (mentionsProtoKey(bytes, start, end) && hasProtoKey(value)) throw protoKeyRefused();
      this.unpack(bytes, start, end);
    } catch (error) {
      // Discarding the Packr that learned the wrong shape makes it forgotten.
      this.packr = this.createPackr();
      throw error;
    }
  }

  private createPackr(): Packr {
    this.records = new RecordReader();
    this.writer = new RecordWriter();
    this.json = undefined;
    this.structures = [];
    return new Packr({
      ...packrOptions,
      maxSharedStructures,
      getStructures: () => {
        const structures = this.registry.load().map((keys) => [...keys]);
        this.knownCount = structures.length;
        this.learn(structures);
        this.loads++;
        return structures;
      },
      saveStructures: (structures) => {
        const added = (structures as string[][]).slice(this.knownCount);
        if (added.some((keys) => keys.includes(protoKey))) throw protoKeyRefused();
        for (const keys of added) this.registry.add(keys);
        this.knownCount += added.length;
        this.learn(structures as string[][]);
      },
    });
  }

  private learn(structures: readonly (readonly string[])[]): void {
    this.structures.push(...structures.slice(this.structures.length));
    this.records.learn(structures);
    this.writer.learn(structures);
  }

  /** The same memory as a Buffer, so that bytes in an event have one type whatever they are read from. */
  private wrap(bytes: Uint8Array): Buffer {
    if (this.wrapped?.bytes !== bytes) {
      this.wrapped = { bytes, buffer: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
    }
    return this.wrapped.buffer;
  }
}
