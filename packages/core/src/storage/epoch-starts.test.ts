import { describe, expect, it } from 'vitest';
import { EpochStarts } from './epoch-starts.ts';

function startsOf(...starts: readonly (readonly [epoch: number, behind: number])[]): EpochStarts {
  const all = new EpochStarts();
  for (const [epoch, after] of starts) all.add({ epoch, after });
  return all;
}

describe('The starts of epochs', () => {
  // Epoch 3 cut epoch 2 back, epoch 5 cut epochs 3 and 4 back.
  const starts = startsOf([2, 100], [3, 80], [4, 120], [5, 110], [7, 200]);

  it.each([
    [80, 9, 0],
    [81, 9, 3],
    [110, 9, 3],
    [111, 9, 5],
    [200, 9, 5],
    [201, 9, 7],
    [1_000_000, 9, 7],
    [201, 6, 5],
    [115, 4, 3],
    [121, 4, 4],
    [101, 2, 2],
    [100, 2, 0],
    [500, 1, 0],
  ])('at position %i, up to epoch %i: at least epoch %i', (position, upTo, epoch) => {
    expect(starts.lowestAt(position, upTo)).toBe(epoch);
  });

  it('say the same whatever was asked before', () => {
    for (const upTo of [9, 4, 9, 2]) {
      for (let position = 250; position > 0; position -= 7) {
        const anew = startsOf([2, 100], [3, 80], [4, 120], [5, 110], [7, 200]);
        expect(starts.lowestAt(position, upTo)).toBe(anew.lowestAt(position, upTo));
      }
    }
  });

  it('say what later epochs left as it was', () => {
    expect(starts.keptBetween(1, 9)).toBe(80);
    expect(starts.keptBetween(3, 9)).toBe(110);
    expect(starts.keptBetween(3, 4)).toBe(120);
    expect(starts.keptBetween(7, 9)).toBe(Infinity);
  });

  it('say where histories meet', () => {
    const behind = (position: number, upTo: number): number[] =>
      starts.seamsBefore(position, upTo).map((seam) => seam.after);
    expect(behind(1000, 9)).toEqual([80, 110, 200]);
    expect(behind(200, 9)).toEqual([80, 110]);
    expect(behind(1000, 4)).toEqual([80, 120]);
    expect(behind(80, 9)).toEqual([]);
  });

  it('say nothing where none are known', () => {
    expect(new EpochStarts().lowestAt(5, 9)).toBe(0);
    expect(new EpochStarts().highest).toBe(0);
    expect(new EpochStarts().keptBetween(0, 9)).toBe(Infinity);
  });
});
