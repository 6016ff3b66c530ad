import { expect, it } from 'vitest';
import { fileKinds, hasMagic, magics, writeMagic } from './magic.ts';

it('finds the letters where they were written, and nowhere else', () => {
  const bytes = new Uint8Array(9);
  writeMagic(bytes, 3, magics.store);
  expect(Buffer.from(bytes).toString('latin1')).toBe('\0\0\0VARVE\0');
  expect(hasMagic(bytes, 3, magics.store)).toBe(true);
  expect(hasMagic(bytes, 2, magics.store)).toBe(false);
  expect(hasMagic(bytes, 3, magics.consumer)).toBe(false);
  expect(hasMagic(bytes.subarray(0, 7), 3, magics.store)).toBe(false);
});

it('gives each kind of file a number of its own', () => {
  expect(new Set(Object.values(fileKinds)).size).toBe(Object.keys(fileKinds).length);
});
