import { describe, expect, it } from 'vitest';
import { hashName } from '../format/name-index.ts';
import { HashDirectory } from './hash-directory.ts';

/** The hashes, and those right beside them, and both ends of what there may be. */
function interesting(hashes: Uint32Array): number[] {
  const beside = [...hashes].flatMap((hash) => [hash - 1, hash, hash + 1]);
  return [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, ...beside].filter((hash) => hash >= 0 && hash <= 0xffff_ffff);
}

describe('HashDirectory', () => {
  it.each([
    ['none', []],
    ['one', [5]],
    ['the smallest and the largest', [0, 0, 0xffff_ffff, 0xffff_ffff]],
    ['some that share their upper bits', Array.from({ length: 500 }, (_, number) => 0x4000_0000 + number * 3)],
    ['those of names', Array.from({ length: 3000 }, (_, number) => hashName(`customer-${number}`))],
  ])('finds where a hash is or would be, among %s', (_name, numbers) => {
    const hashes = Uint32Array.from(numbers).sort();
    const directory = new HashDirectory(hashes);
    for (const hash of interesting(hashes)) {
      const firstNotBelow = hashes.findIndex((other) => other >= hash);
      expect(directory.find(hash)).toBe(firstNotBelow < 0 ? hashes.length : firstNotBelow);
    }
  });
});
