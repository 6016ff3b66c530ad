import { expect, it } from 'vitest';
import { checkRepository } from '../src/check.ts';
import { formatFinding } from '../src/finding.ts';

it('the repository keeps its own rules', () => {
  expect(checkRepository().map(formatFinding)).toEqual([]);
});
