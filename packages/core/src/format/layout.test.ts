import { expect, it } from 'vitest';
import { layOut } from './layout.ts';

it('lays one field behind the other', () => {
  expect(layOut({ first: 4, second: 1, third: 6 })).toEqual({ first: 0, second: 4, third: 5, end: 11 });
});

it('ends where it begins without fields', () => {
  expect(layOut({})).toEqual({ end: 0 });
});
