/**
 * How payloads and metadata become bytes and back. The choice is recorded in `store.json`, so that readers need no
 * configuration; a custom serializer is the exception, because code is not stored.
 */
import { VarveError } from '../errors.ts';
import { JsonCodec } from './json-codec.ts';
import { MsgpackrCodec, type StructureRegistry } from './msgpackr-codec.ts';
import { SerializerCodec, type Serializer } from './serializer-codec.ts';

/** Where `encode` left its result: `bytes[start..end)`, valid until the next `encode`. */
export interface EncodedValue {
  bytes: Uint8Array;
  start: number;
  end: number;
}

export interface Codec {
  /** The name in `store.json`. */
  readonly name: string;
  /** The result of the last `encode`. */
  readonly encoded: EncodedValue;
  /** Encodes `value` into `encoded`; throws whatever its library throws on a value that it cannot represent. */
  encode(value: unknown): void;
  /**
   * Decodes `bytes[start..end)`, which the caller has verified. `view` is a view of the same bytes, for callers that keep
   * one.
   */
  decode(bytes: Uint8Array, start: number, end: number, view?: DataView): unknown;
  /**
   * The same value as JSON in UTF-8, valid until the next call; undefined where that cannot be had without decoding.
   * The caller must then decode the value and write it as JSON.
   */
  jsonOf?(bytes: Uint8Array, start: number, end: number, view?: DataView): Uint8Array | undefined;
}

/** What the option `serializer` accepts: the name of a codec that ships with Varve, or a pair of functions. */
export type SerializerOption = 'msgpackr' | 'json' | Serializer;

export const codecNames = ['msgpackr', 'json', 'custom'] as const;

export function codecNameOf(option: SerializerOption): string {
  return typeof option === 'string' ? option : 'custom';
}

/** The codec that `store.json` names; `option` supplies the functions of a custom one. */
export function createCodec(
  name: string,
  option: SerializerOption | undefined,
  structures: StructureRegistry,
  path: string,
): Codec {
  switch (name) {
    case 'msgpackr':
      return new MsgpackrCodec(structures);
    case 'json':
      return new JsonCodec();
    case 'custom':
      if (typeof option === 'object') return new SerializerCodec(option);
      throw new VarveError('INVALID_OPTION', `The store at ${path} was written with a serializer of its own.`, {
        path,
        hint: 'Pass the same `serializer: { serialize, deserialize }` that the writer used.',
      });
    default:
      throw new VarveError('NEWER_FORMAT', `The store at ${path} uses the unknown codec ${JSON.stringify(name)}.`, {
        path,
        expected: codecNames,
        found: name,
        hint: 'Open it with the version of Varve that wrote it, or a later one.',
      });
  }
}
