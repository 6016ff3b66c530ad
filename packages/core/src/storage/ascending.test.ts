import { describe, expect, it } from 'vitest';
import { lowerBound, placeOf } from './ascending.ts';

const lists = [[], [7], [3, 4, 5, 6], [1, 2, 5, 6, 7, 90, 91, 4_294_967_295], [0, 1, 2, 1000, 1001]];
const wanted = [0, 1, 2, 3, 4, 5, 6, 7, 8, 89, 90, 91, 92, 999, 1000, 1001, 1002, 4_294_967_294, 4_294_967_295];

describe.each(lists)('in the ascending list %j, %j, %j, ...', (...numbers) => {
  const list = Uint32Array.from(numbers);

  it('placeOf finds what is there, and nothing else', () => {
    expect(wanted.map((number) => placeOf(list, number))).toEqual(wanted.map((number) => numbers.indexOf(number)));
  });

  it('lowerBound finds the first number that is not below', () => {
    const places = wanted.map((number) => numbers.filter((other) => other < number).length);
    expect(wanted.map((number) => lowerBound(list, number))).toEqual(places);
  });
});
