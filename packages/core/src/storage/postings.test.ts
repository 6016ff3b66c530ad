import { describe, expect, test } from 'vitest';
import { maxPosting } from '../format/run.ts';
import { Postings } from './postings.ts';

/** More entries than there is room for at first; index 3 has every third position, index 7 the others. */
const entryCount = 5000;

function filled(): Postings {
  const postings = new Postings(100);
  for (let position = 101; position <= 100 + entryCount; position++) {
    postings.add(position % 3 === 0 ? 3 : 7, position);
    postings.coverTo(position);
  }
  return postings;
}

function listOf(postings: Postings, indexId: number): Float64Array {
  return postings.slice(indexId, 1, postings.count(indexId));
}

describe('letting go of postings that are in a run', () => {
  test('leaves those behind it, in order', () => {
    const postings = filled();
    const behind = (indexId: number): Float64Array => listOf(postings, indexId).filter((position) => position > 5000);
    const [threes, sevens] = [behind(3), behind(7)];
    postings.dropUpTo(5000);
    expect([postings.base, postings.covered, postings.size]).toEqual([5000, 5100, 100]);
    expect([listOf(postings, 3), listOf(postings, 7)]).toEqual([threes, sevens]);
    expect(postings.countUpTo(7, 5050) + postings.countUpTo(3, 5050)).toBe(50);
  });

  test('takes what comes next, and makes a run of it alone', () => {
    const postings = filled();
    postings.dropUpTo(5100);
    postings.add(7, 5101);
    postings.add(300, 5102);
    postings.coverTo(5102);
    expect(postings.toRun(1)).toEqual({
      base: 5100,
      last: 5102,
      onlyIndex: 0,
      epoch: 1,
      ids: Uint32Array.of(7, 300),
      starts: Uint32Array.of(0, 1),
      postings: Uint32Array.of(1, 2),
    });
  });

  test('covers what the run covers, where that is more than was added', () => {
    const postings = filled();
    postings.dropUpTo(9000);
    expect([postings.base, postings.covered, postings.size, postings.count(3)]).toEqual([9000, 9000, 0, 0]);
  });
});

// They wrapped: the run had a valid checksum, and positions that were too small by 2^32.
test('postings that no run can hold become none', () => {
  const postings = new Postings(100);
  postings.add(3, 101);
  postings.add(7, 100 + maxPosting);
  expect([...postings.toRun(1).postings]).toEqual([1, maxPosting]);
  postings.add(3, 101 + maxPosting);
  expect(() => postings.toRun(1)).toThrow(RangeError);
});
