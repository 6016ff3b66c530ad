/**
 * Compresses metadata and payloads of a frame. The algorithm and its dictionary are recorded in `store.json`, so that
 * readers need no configuration. Measured in docs/serialization.md.
 */
import { constants, deflateRawSync, inflateRawSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { VarveError } from '../errors.ts';
import { maxUncompressedBytes } from '../format/frame-layout.ts';
import type { CompressionDescription } from '../format/store-file.ts';

export interface Compressor {
  /** The name in `store.json`. */
  readonly algorithm: string;
  /** The bytes compressed, or undefined when that makes a frame no smaller. */
  compress(bytes: Uint8Array): Uint8Array | undefined;
  /** Exactly `sizeBytes` bytes; never asks for more memory than that, whatever the bytes are. Throws when they are wrong. */
  decompress(bytes: Uint8Array, sizeBytes: number): Uint8Array;
}

/** Names of algorithms. Stored: never change them. */
export const compressionAlgorithms = ['zstd', 'deflate'] as const;

export type CompressionAlgorithm = (typeof compressionAlgorithms)[number];

/** Where a compressed frame may refer back to, as a power of two: what a hostile one can make a reader allocate. */
const windowLog = 22;

/** What a compressed body must save to be stored: its size before is stored as well. */
const leastSavedBytes = 4;

/** Shorter bodies are never smaller afterwards when there is no dictionary: they are not tried. */
const shortestWithoutDictionaryBytes = 128;

interface Algorithm {
  readonly pack: (bytes: Uint8Array, dictionary: Uint8Array | undefined) => Uint8Array;
  readonly unpack: (bytes: Uint8Array, sizeBytes: number, dictionary: Uint8Array | undefined) => Uint8Array;
}

const algorithms: Readonly<Record<CompressionAlgorithm, Algorithm>> = {
  zstd: {
    pack: (bytes, dictionary) =>
      zstdCompressSync(bytes, {
        params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_windowLog]: windowLog },
        chunkSize: chunkBytes(bytes.length),
        ...withDictionary(dictionary),
      }),
    unpack: (bytes, sizeBytes, dictionary) =>
      zstdDecompressSync(bytes, {
        params: { [constants.ZSTD_d_windowLogMax]: windowLog },
        maxOutputLength: sizeBytes,
        chunkSize: chunkBytes(sizeBytes),
        ...withDictionary(dictionary),
      }),
  },
  deflate: {
    pack: (bytes, dictionary) =>
      deflateRawSync(bytes, { level: 6, chunkSize: chunkBytes(bytes.length), ...withDictionary(dictionary) }),
    unpack: (bytes, sizeBytes, dictionary) =>
      inflateRawSync(bytes, {
        maxOutputLength: sizeBytes,
        chunkSize: chunkBytes(sizeBytes),
        ...withDictionary(dictionary),
      }),
  },
};

/** The compressor that a store was made with; undefined when its frames are not compressed. */
export function createCompressor(
  description: CompressionDescription | undefined,
  path: string,
): Compressor | undefined {
  if (description === undefined) return undefined;
  const name = compressionAlgorithms.find((known) => known === description.algorithm);
  if (name === undefined) {
    throw new VarveError(
      'NEWER_FORMAT',
      `The store at ${path} uses the unknown compression ${JSON.stringify(description.algorithm)}.`,
      {
        path,
        expected: compressionAlgorithms,
        found: description.algorithm,
        hint: 'Open it with the version of Varve that wrote it, or a later one.',
      },
    );
  }
  return compressorOf(name, description.dictionary);
}

function compressorOf(name: CompressionAlgorithm, given: Uint8Array): Compressor {
  const { pack, unpack } = algorithms[name];
  const dictionary = given.length === 0 ? undefined : given;
  const shortestBytes = dictionary === undefined ? shortestWithoutDictionaryBytes : 1;
  return {
    algorithm: name,
    compress(bytes) {
      if (bytes.length < shortestBytes || bytes.length > maxUncompressedBytes) return undefined;
      const packed = pack(bytes, dictionary);
      return packed.length + leastSavedBytes <= bytes.length ? packed : undefined;
    },
    decompress(bytes, sizeBytes) {
      const body = unpack(bytes, sizeBytes, dictionary);
      if (body.length !== sizeBytes) throw new Error(`it gives ${body.length} bytes instead of ${sizeBytes}`);
      return body;
    },
  };
}

function withDictionary(dictionary: Uint8Array | undefined): { dictionary?: Uint8Array } {
  return dictionary === undefined ? {} : { dictionary };
}

/** Room for the result in one piece: zlib's own default of 16 KiB is allocated for a body of 100 bytes too. */
function chunkBytes(sizeBytes: number): number {
  return Math.max(64, sizeBytes);
}
