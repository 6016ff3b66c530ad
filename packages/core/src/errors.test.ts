/** Anything may be thrown; it is reported as an error with a text. */
import { describe, expect, it } from 'vitest';
import { errorOf, hasErrorCode, messageOf, systemErrorCode, VarveError } from './errors.ts';

describe('anything that is thrown', () => {
  it.each([
    [new Error('words'), 'words'],
    ['words', 'words'],
    [undefined, 'undefined'],
  ])('is an error with a text: %j', (thrown, text) => {
    expect(messageOf(thrown)).toBe(text);
    expect(errorOf(thrown)).toBeInstanceOf(Error);
    expect(errorOf(thrown).message).toBe(text);
  });

  it('has a code of the operating system, or one of the catalogue, or none', () => {
    const system = Object.assign(new Error('full'), { code: 'ENOSPC' });
    const ours = new VarveError('DISK_FULL', 'full', { hint: 'wait' });
    const others: unknown[] = [
      'ENOSPC',
      undefined,
      new Error('ENOSPC'),
      Object.assign(new Error('no text'), { code: 5 }),
    ];
    expect([system, ours, ...others].map(systemErrorCode)).toEqual(['ENOSPC', ...Array<undefined>(5).fill(undefined)]);
    expect([system, ours, ...others].map((each) => hasErrorCode(each, 'DISK_FULL', 'CORRUPTION'))).toEqual([
      false,
      true,
      ...Array<boolean>(4).fill(false),
    ]);
  });
});
