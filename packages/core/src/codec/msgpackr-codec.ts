/**
 * The default codec: MessagePack with msgpackr's records. The keys of an object are stored once, as a *structure* in
 * the catalog, and an event refers to them by number: half the bytes of JSON, and decoding builds the object by a
 * generated constructor. What survives and what does not: docs/serialization.md.
 *
 * Invariant: what `encode` accepts, `decode` gives back, in every process that knows the structures; it never gives
 * back another value because one is missing.
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
  /** All that are known by now, in order of their ids; looks again for those that another process added. */
  load(): readonly (readonly string[])[];
  /** Takes a new structure, before any frame that refers to it is written. */
  add(keys: readonly string[]): void;
}

/** Objects with further shapes carry their keys along. msgpackr's own limit is 8160. */
const maxSharedStructures = 8000;

/**
 * The mode in which msgpackr hands out its own buffer, with `start` and `end`, instead of a new view a call. All users of
 * msgpackr in a process share that buffer: without the mode that also takes it back at once, what lies in it stays there
 * until the next `encode`, although a partitioner, hook or matcher of the user calls msgpackr in between.
 */
const reuseBuffer = REUSE_BUFFER_MODE;

/**
 * `moreTypes` keeps Set, Error, RegExp, typed arrays and large integers what they are; without it msgpackr leaves old
 * memory in the bytes of a typed array. `copyBuffers` because what is decoded from is used again for other blocks. Without
 * `structuredClone` a value never refers to another one: bytes that do, which Varve never writes, could make a value that
 * contains itself, or of a hundred bytes one that takes for ever to write down.
 */
export const packrOptions = { moreTypes: true, copyBuffers: true, structuredClone: false } as const;

export class MsgpackrCodec implements Codec {
  readonly name = 'msgpackr';
  readonly encoded: EncodedValue = { bytes: new Uint8Array(0), start: 0, end: 0 };
  private readonly registry: StructureRegistry;
  private readonly range = { start: 0, end: 0 };
  private packr: Packr;
  /** Reads what most payloads are made of. Knows the structures that `packr` knows. */
  private records = new RecordReader();
  /** Writes what most payloads are made of, to the same bytes. Knows the structures that `packr` knows. */
  private writer = new RecordWriter();
  /** The same for payloads that are wanted as JSON; made when one is. */
  private json: RecordJson | undefined;
  private structures: (readonly string[])[] = [];
  private knownCount = 0;
  /** How often structures were looked for. */
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
    // A call that met a new structure returns a view of its own, without start and end.
    const isShared = bytes.start !== undefined && bytes.end !== undefined && bytes.end > bytes.start;
    encoded.bytes = bytes;
    encoded.start = isShared ? bytes.start! : 0;
    encoded.end = isShared ? bytes.end! : bytes.length;
    // A level takes a byte at least, so that most events need not be walked.
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
   * Decodes once more after structures were looked for in the middle. What msgpackr gave is not to be used: it read on
   * from a copy of another type, and where a structure was not found, it gives its number for the object.
   */
  private decodeAnew(source: Uint8Array): unknown {
    const loads = this.loads;
    const value = this.packr.unpack(source, this.range) as unknown;
    if (loads === this.loads) return value;
    throw new Error('It refers to a structure that is not in the catalog');
  }

  /**
   * Makes sure that what was encoded can be read. msgpackr counts the keys of an object in two ways, which differ where
   * keys are inherited and the object hides its own `hasOwnProperty`: the bytes then make no sense. As that depends on
   * the shape of the object, it is enough to look whenever there is a new one.
   */
  private verify(value: unknown): void {
    const { bytes, start, end } = this.encoded;
    try {
      if (mentionsProtoKey(bytes, start, end) && hasProtoKey(value)) throw protoKeyRefused();
      this.unpack(bytes, start, end);
    } catch (error) {
      // The wrong shape is forgotten with the Packr that learned it.
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

  /** The same memory as a Buffer, so that bytes in an event are of one type whatever they are read from. */
  private wrap(bytes: Uint8Array): Buffer {
    if (this.wrapped?.bytes !== bytes) {
      this.wrapped = { bytes, buffer: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
    }
    return this.wrapped.buffer;
  }
}
