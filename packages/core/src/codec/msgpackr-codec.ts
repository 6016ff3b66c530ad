/**
 * The default codec: MessagePack with msgpackr's records. The keys of an object are stored once, as a *structure* in
 * the catalog, and an event refers to them by number: half the bytes of JSON, and decoding builds the object by a
 * generated constructor.
 */
import { Packr, RESET_BUFFER_MODE, REUSE_BUFFER_MODE } from 'msgpackr';
import type { Codec, EncodedValue } from './codec.ts';

/** Where structures are kept. Structure k is the k-th that was added. */
export interface StructureRegistry {
  /** All that are known by now, in order of their ids; looks again for those that another process added. */
  load(): readonly (readonly string[])[];
  /** Takes a new structure, before any frame that refers to it is written. */
  add(keys: readonly string[]): void;
}

/** Objects with further shapes carry their keys along. msgpackr's own limit is 8160. */
const maxSharedStructures = 8000;

/** The mode in which msgpackr hands out its own buffer, with `start` and `end`, instead of a new view a call. */
const reuseBuffer = REUSE_BUFFER_MODE | RESET_BUFFER_MODE;

export class MsgpackrCodec implements Codec {
  readonly name = 'msgpackr';
  readonly encoded: EncodedValue = { bytes: new Uint8Array(0), start: 0, end: 0 };
  private readonly packr: Packr;
  private readonly range = { start: 0, end: 0 };

  constructor(registry: StructureRegistry) {
    let knownCount = 0;
    const load = (): string[][] => {
      const structures = registry.load().map((keys) => [...keys]);
      knownCount = structures.length;
      return structures;
    };
    this.packr = new Packr({
      maxSharedStructures,
      getStructures: load,
      saveStructures: (structures) => {
        for (; knownCount < structures.length; knownCount++) {
          const keys: unknown = structures[knownCount];
          if (Array.isArray(keys)) registry.add(keys as string[]);
        }
      },
    });
  }

  encode(value: unknown): void {
    const bytes = this.packr.pack(value, reuseBuffer) as Buffer & { start?: number; end?: number };
    const { encoded } = this;
    // A call that met a new structure returns a view of its own, without start and end.
    const isShared = bytes.start !== undefined && bytes.end !== undefined && bytes.end > bytes.start;
    encoded.bytes = bytes;
    encoded.start = isShared ? bytes.start! : 0;
    encoded.end = isShared ? bytes.end! : bytes.length;
  }

  decode(bytes: Uint8Array, start: number, end: number): unknown {
    this.range.start = start;
    this.range.end = end;
    return this.packr.unpack(bytes, this.range) as unknown;
  }
}
