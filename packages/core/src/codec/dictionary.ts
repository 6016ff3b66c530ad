/**
 * The dictionary of a compressed store: bytes that both sides treat as already seen. Without one, a frame of a single
 * event hardly shrinks, because nothing in it repeats; with one, it can refer to similar events.
 */
import { VarveError } from '../errors.ts';
import { codecNameOf, createCodec, type SerializerOption } from './codec.ts';

/** Bytes that events have in common, or sample events; see docs/serialization.md. */
export type DictionarySource = Uint8Array | readonly object[];

/** The window of deflate, beyond which it cannot refer back. It also bounds `store.json`. */
export const maxDictionaryBytes = 32_768;

/**
 * The bytes of a dictionary. Sample events are encoded as the store would encode them; when they exceed the limit, the
 * last bytes are kept. Throws `INVALID_OPTION` when given bytes exceed the limit, or when a sample cannot be
 * serialized.
 */
export function encodeDictionary(source: DictionarySource, serializer: SerializerOption): Uint8Array {
  if (source instanceof Uint8Array) {
    if (source.length <= maxDictionaryBytes) return source;
    throw new VarveError('INVALID_OPTION', `The dictionary of \`compression\` has ${source.length} bytes.`, {
      expected: maxDictionaryBytes,
      found: source.length,
      hint: `It may have ${maxDictionaryBytes}: take those that repeat most, or give sample events.`,
    });
  }
  const structures: (readonly string[])[] = [];
  const registry = {
    load: () => structures,
    add: (keys: readonly string[]) => void structures.push(keys),
  };
  const codec = createCodec(codecNameOf(serializer), serializer, registry, 'the sample events');
  const encoded = source.map((event) => {
    try {
      codec.encode(event);
    } catch (cause) {
      throw new VarveError('INVALID_OPTION', 'A sample event of `compression` cannot be serialized.', {
        cause,
        found: event,
        hint: 'Give events as they are committed: plain data without cycles, functions and symbols.',
      });
    }
    const { bytes, start, end } = codec.encoded;
    return Uint8Array.from(bytes.subarray(start, end));
  });
  return Buffer.concat(encoded).subarray(-maxDictionaryBytes);
}
