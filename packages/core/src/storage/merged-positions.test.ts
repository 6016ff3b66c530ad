import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../testing/seeded-random.ts';
import { testSeed } from '../../test/random-bytes.ts';
import { mergePositions } from './merged-positions.ts';
import { forReader, ListedPositions, type PositionSequence, ReversedPositions } from './position-sequence.ts';

const seed = testSeed;

interface Merge {
  readonly merged: PositionSequence;
  readonly expected: readonly number[];
}

/** A merge of random lists, and the same lists sorted. */
function randomMerge(random: SeededRandom, areDisjoint: boolean): Merge {
  const lists: number[][] = Array.from({ length: 1 + random.below(12) }, () => []);
  const positions = random.below(3000);
  for (let position = 1; position <= positions; position++) {
    const copies = areDisjoint ? 1 : random.below(3);
    const chosen = new Set(Array.from({ length: copies }, () => random.below(lists.length)));
    if (random.below(4) > 0) for (const list of chosen) lists[list]!.push(position);
  }
  const merged = mergePositions(
    lists.map((list) => new ListedPositions(list)),
    areDisjoint,
  );
  return { merged, expected: [...new Set(lists.flat())].sort((left, right) => left - right) };
}

function listed(positions: PositionSequence): number[] {
  const reader = forReader(positions);
  return Array.from({ length: reader.length }, (_, index) => reader.at(index));
}

describe.each([
  ['with no position in common', true],
  ['with positions in common', false],
])(`merged sequences %s (seed ${seed})`, (_name, areDisjoint) => {
  it('are what a sort makes of them, forwards and backwards', () => {
    const random = new SeededRandom(seed);
    for (let round = 0; round < 60; round++) {
      const { merged, expected } = randomMerge(random, areDisjoint);
      expect(listed(merged)).toEqual(expected);
      expect(listed(new ReversedPositions(merged))).toEqual(expected.toReversed());
    }
  });

  it('give any position at any time, also to several readers in turn', () => {
    const random = new SeededRandom(seed + 1);
    for (let round = 0; round < 30; round++) {
      const { merged, expected } = randomMerge(random, areDisjoint);
      const readers = [forReader(merged), forReader(new ReversedPositions(merged))];
      for (let call = 0; call < 50 && expected.length > 2; call++) {
        const index = random.between(1, expected.length - 2);
        expect(readers[0]!.at(index)).toBe(expected[index]);
        expect(readers[1]!.at(expected.length - 1 - index)).toBe(expected[index]);
        expect(readers[0]!.at(index - 1)).toBe(expected[index - 1]);
        expect(readers[0]!.at(index + 1)).toBe(expected[index + 1]);
      }
    }
  });
});

describe('a merge', () => {
  it('looks at few positions before the one that it begins with', () => {
    let looks = 0;
    const part = (offset: number): PositionSequence => ({
      length: 100_000,
      at: (index) => {
        looks++;
        return index * 10 + offset;
      },
    });
    const merged = mergePositions(
      Array.from({ length: 10 }, (_, offset) => part(offset + 1)),
      true,
    );
    expect(merged.length).toBe(1_000_000);
    expect(forReader(merged).at(777_777)).toBe(777_778);
    expect(looks).toBeLessThan(4000);
  });
});
