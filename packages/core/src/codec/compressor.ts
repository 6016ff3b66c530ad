/**
 * Compresses the metadata and payloads of a frame. The algorithm and its dictionary are recorded in `store.json`, so
 * that readers need no configuration. Measurements: docs/serialization.md.
 */
import { constants, deflateRawSync, inflateRawSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { VarveError } from '../errors.ts';
import { maxUncompressedBytes } from '../format/frame-layout.ts';
import type { CompressionDescription } from '../format/store-file.ts';

export interface Compressor {
  /** The name in `store.json`. */
  readonly algorithm: string;
  /** The compressed bytes, or undefined when they would not make the frame smaller. */
  compress(bytes: Uint8Array): Uint8Array | undefined;
  /**
   * Returns exactly `sizeBytes` bytes, and never allocates more than that whatever the input is. Throws when the input is
   * wrong.
   */
  decompress(bytes: Uint8Array, sizeBytes: number): Uint8Array;
}

/** Names of algorithms. Stored: never change them. */
export const compressionAlgorithms = ['zstd', 'deflate'] as const;

export type CompressionAlgorithm = (typeof compressionAlgorithms)[number];

/**
 * How far back a compressed frame may refer, as a power of two. It bounds the memory that a hostile frame can make a
 * reader allocate.
 */
const windowLog = 22;

/** Bytes that compression must save for its result to be stored: the uncompressed size is stored as well. */
const minSavedBytes = 4;

/** Without a dictionary, shorter bodies never become smaller, so they are not tried. */
const minWithoutDictionaryBytes = 128;

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

/** The compressor that a store was created with; undefined when its frames are not compressed. */
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
  const shortestBytes = dictionary === undefined ? minWithoutDictionaryBytes : 1;
  return {
    algorithm: name,
    compress(bytes) {
      if (bytes.length < shortestBytes || bytes.length > maxUncompressedBytes) return undefined;
      const packed = pack(bytes, dictionary);
      return packed.length + minSavedBytes <= bytes.length ? packed : undefined;
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

/** Room for the whole result in one chunk: zlib allocates its default of 16 KiB even for a body of 100 bytes. */
function chunkBytes(sizeBytes: number): number {
  return Math.max(64, sizeBytes);
}
