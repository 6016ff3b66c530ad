import { describe, expect, it } from 'vitest';
import { writeU32, writeU8 } from './bytes.ts';
import { checksum } from './checksum.ts';
import { checkCommitIdRun, commitIdHeaderLayout, encodeCommitIdRun } from './commit-id-run.ts';

const scope = { seed: 7, base: 10, last: 30 };
const entries = [
  { high: 5, low: 1, position: 12 },
  { high: 2, low: 9, position: 30 },
];
const file = encodeCommitIdRun(entries, scope);

describe('a file of commit ids', () => {
  it('is whole under its own name, in its own store', () => {
    expect(checkCommitIdRun(file, scope)).toBe(2);
  });

  it.each([
    ['base', { ...scope, base: 9 }],
    ['end', { ...scope, last: 31 }],
    ['store', { ...scope, seed: 8 }],
  ])('is not that of another %s', (_, other) => {
    expect(checkCommitIdRun(file, other)).toBeUndefined();
    expect(checkCommitIdRun(encodeCommitIdRun([], scope), other)).toBeUndefined();
  });

  it('of the first version has a checksum of its bytes alone', () => {
    const old = file.slice();
    writeU8(old, commitIdHeaderLayout.version, 0);
    expect(checkCommitIdRun(old, scope)).toBeUndefined();
    writeU32(
      old,
      commitIdHeaderLayout.checksum,
      checksum(old, commitIdHeaderLayout.entryCount, old.length, scope.seed),
    );
    expect(checkCommitIdRun(old, scope)).toBe(2);
  });

  it('is damaged, whatever bit is turned over and wherever it is cut off', () => {
    for (let bit = 0; bit < file.length * 8; bit++) {
      const bytes = file.slice();
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      expect(checkCommitIdRun(bytes, scope)).toBeUndefined();
    }
    for (let end = 0; end < file.length; end++) expect(checkCommitIdRun(file.subarray(0, end), scope)).toBeUndefined();
  });
});
