import { expect, it } from 'vitest';
import { blobs } from './blobs.ts';

it('finds files over 512 KiB', () => {
  expect(blobs('docs/figure.png', 512 * 1024)).toEqual([]);
  expect(blobs('docs/figure.png', 512 * 1024 + 1)).toMatchObject([{ found: 'a file of 513 KiB, 512 are allowed' }]);
});
