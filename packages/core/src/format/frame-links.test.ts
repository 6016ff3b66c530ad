import { describe, expect, it } from 'vitest';
import { RandomBytes, testSeed } from '../../test/random-bytes.ts';
import { encodeLinks, encodeOnlyLink, maxIndexId, noLinks, readLinks } from './frame-links.ts';

function decode(bytes: Uint8Array, count: number): number[][] | undefined {
  const indexIds = Array.from({ length: count }, () => new Array<number>());
  const range = { start: 0, end: bytes.length };
  return readLinks(bytes, range, count, (event, indexId) => indexIds[event]!.push(indexId)) ? indexIds : undefined;
}

describe('links', () => {
  it.each([
    [[[1]]],
    [[[0, 127, 128], [], [maxIndexId]]],
    [[[], [5]]],
    [[Array.from({ length: 200 }, (_, index) => index * 1000)]],
  ])('keep %j', (indexIds) => {
    expect(decode(encodeLinks(indexIds), indexIds.length)).toEqual(indexIds);
  });

  it.each([0, 127, 128, 300, 2 ** 28, maxIndexId])('of one event to index %i alone are the same bytes', (id) => {
    expect(encodeOnlyLink(id)).toEqual(encodeLinks([[id]]));
  });

  it('take no bytes when no event belongs to an index', () => {
    expect(encodeLinks([[], [], []])).toBe(noLinks);
    expect(encodeLinks([])).toBe(noLinks);
  });

  it.each([
    ['bytes are left', [1, 5, 0], 1],
    ['bytes are missing', [1], 1],
    ['an event is missing', [1, 5], 2],
    ['an id is larger than any index can have', [1, 0x80, 0x80, 0x80, 0x80, 0x10], 1],
    ['a count is larger than the bytes', [200, 1, 5], 1],
    ['a count does not end', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 1],
  ])('are refused when %s', (_, bytes, count) => {
    expect(decode(Uint8Array.from(bytes), count)).toBeUndefined();
  });

  it(`are refused or read within their bytes when they are random (seed ${testSeed})`, () => {
    const random = new RandomBytes(testSeed);
    let whole = 0;
    for (let round = 0; round < 20_000; round++) {
      const bytes = Buffer.from(Array.from({ length: random.below(8) }, () => random.below(4)));
      const count = 1 + random.below(3);
      const decoded = decode(bytes, count);
      if (decoded === undefined) continue;
      whole++;
      expect(Buffer.from(decoded.flatMap((ids) => [ids.length, ...ids]))).toEqual(bytes);
    }
    expect(whole).toBeGreaterThan(100);
  });
});
