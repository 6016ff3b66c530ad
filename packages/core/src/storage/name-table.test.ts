import { describe, expect, it } from 'vitest';
import { hashName, type NameIndexContents } from '../format/name-index.ts';
import { nameTableOf } from './open-name-table.ts';

/** A table of streams whose names have these hashes; ids ascend by two. */
function tableOf(numbers: readonly number[]) {
  const hashes = Uint32Array.from(numbers).sort();
  const ids = Uint32Array.from(hashes, (_, index) => 10 + index * 2);
  const contents: NameIndexContents = {
    covers: 2 ** 40,
    lastChecksum: 1,
    nextId: 10 + hashes.length * 2,
    hashes,
    hashIds: ids.toReversed(),
    ids,
    offsetsLow: Uint32Array.from(ids, (id) => id * 3),
    offsetsHigh: Uint32Array.from(ids, (id) => id % 3),
    othersLow: Uint32Array.of(64, 2 ** 32 - 1),
    othersHigh: Uint32Array.of(0, 9),
  };
  return { contents, table: nameTableOf(contents) };
}

/** The hashes, their direct neighbours, and both ends of the possible range. */
function interesting(hashes: Uint32Array): number[] {
  const beside = [...hashes].flatMap((hash) => [hash - 1, hash, hash + 1]);
  return [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, ...beside].filter((hash) => hash >= 0 && hash <= 0xffff_ffff);
}

describe('NameTable', () => {
  it.each([
    ['none', []],
    ['one', [5]],
    ['the smallest and the largest', [0, 0, 0xffff_ffff, 0xffff_ffff]],
    ['some that share their upper bits', Array.from({ length: 500 }, (_, number) => 0x4000_0000 + number * 3)],
    ['those of names', Array.from({ length: 3000 }, (_, number) => hashName(`customer-${number}`))],
  ])('finds where a hash is or would be, among %s', (_name, numbers) => {
    const { contents, table } = tableOf(numbers);
    const { hashes, hashIds } = contents;
    for (const hash of interesting(hashes)) {
      const firstNotBelow = hashes.findIndex((other) => other >= hash);
      const place = firstNotBelow < 0 ? hashes.length : firstNotBelow;
      expect(table.findHash(hash)).toBe(place);
      expect(table.idAtHash(place, hash)).toBe(hashes[place] === hash ? hashIds[place] : -1);
    }
  });

  it('finds streams by id, and where their records are', () => {
    const { contents, table } = tableOf([4, 4, 8]);
    expect([9, 10, 11, 12, 13, 14, 15].map((id) => table.placeOfId(id))).toEqual([-1, 0, -1, 1, -1, 2, -1]);
    expect([9, 10, 11, 13, 14, 99].map((id) => table.placeAfter(id))).toEqual([0, 1, 1, 2, 3, 3]);
    expect([0, 1, 2].map((place) => table.idAt(place))).toEqual([10, 12, 14]);
    expect([0, 1, 2].map((place) => table.offsetAt(place))).toEqual([30 + 2 ** 32, 36, 42 + 2 * 2 ** 32]);
    expect([...table.othersInOrder()].map(({ offset }) => offset)).toEqual([64, 10 * 2 ** 32 - 1]);
    expect(table.lastOffset()).toBe(10 * 2 ** 32 - 1);
    expect(table.contents()).toEqual(contents);
  });

  // The catalog is ten times as long as the lower half of an offset can express.
  it.each([
    ['streams and others in turn', (place: number) => place % 2 === 0],
    ['streams behind all others', (place: number) => place < 20],
    ['others behind all streams', (place: number) => place >= 90],
    ['rows of both', (place: number) => place % 23 < 7],
    ['a stream at both ends', (place: number) => place > 0 && place < 99],
    ['streams alone', () => false],
    ['others alone', () => true],
  ])('tells of each record that is no stream which one is before it, with %s', (_name, isOther) => {
    const offsets = Array.from({ length: 100 }, (_, place) => 64 + place * 429_496_737);
    const [streams, others] = [false, true].map((kind) => offsets.filter((_, place) => isOther(place) === kind)) as [
      number[],
      number[],
    ];
    const ids = Uint32Array.from(streams, (_, place) => 1 + place);
    const table = nameTableOf({
      covers: 2 ** 40,
      lastChecksum: 1,
      nextId: 1 + streams.length,
      hashes: ids,
      hashIds: ids,
      ids,
      offsetsLow: lowOf(streams),
      offsetsHigh: highOf(streams),
      othersLow: lowOf(others),
      othersHigh: highOf(others),
    });
    expect([...table.othersInOrder()]).toEqual(
      others.map((offset) => ({ offset, before: offsets[offsets.indexOf(offset) - 1] })),
    );
  });
});

function lowOf(offsets: readonly number[]): Uint32Array {
  return Uint32Array.from(offsets, (offset) => offset % 2 ** 32);
}

function highOf(offsets: readonly number[]): Uint32Array {
  return Uint32Array.from(offsets, (offset) => Math.floor(offset / 2 ** 32));
}
