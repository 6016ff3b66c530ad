/** The option `compression`: its values, and what the store records of it. */
import type { SerializerOption } from '@varve/core';
import {
  type CompressionAlgorithm,
  compressionAlgorithms,
  type CompressionDescription,
  type DictionarySource,
  encodeDictionary,
} from '@varve/core/internal';

export interface CompressionSettings {
  readonly algorithm: CompressionAlgorithm;
  /** Sample events, or bytes that events have in common; at most 32 KiB of them count. */
  readonly dictionary?: DictionarySource;
}

export type CompressionOption = 'none' | CompressionAlgorithm | CompressionSettings;

export const compressionRule = {
  description: `'none', ${compressionAlgorithms.map((name) => `'${name}'`).join(', ')}, or an object { algorithm, dictionary }`,
  accepts: (value: unknown): boolean => value === 'none' || isAlgorithm(value) || isSettings(value),
};

/** The name of the algorithm, or `none`. */
export function compressionNameOf(option: CompressionOption): string {
  return typeof option === 'string' ? option : option.algorithm;
}

/** What a new store records of the option; undefined when frames are not compressed. */
export function describeCompression(
  option: CompressionOption,
  serializer: SerializerOption,
): CompressionDescription | undefined {
  if (option === 'none') return undefined;
  if (typeof option === 'string') return { algorithm: option, dictionary: new Uint8Array(0) };
  const { algorithm, dictionary = [] } = option;
  return { algorithm, dictionary: encodeDictionary(dictionary, serializer) };
}

function isAlgorithm(value: unknown): boolean {
  return compressionAlgorithms.some((name) => name === value);
}

function isSettings(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('algorithm' in value) || !isAlgorithm(value.algorithm)) {
    return false;
  }
  if (!('dictionary' in value) || value.dictionary === undefined || value.dictionary instanceof Uint8Array) return true;
  return (
    Array.isArray(value.dictionary) && value.dictionary.every((event) => typeof event === 'object' && event !== null)
  );
}
