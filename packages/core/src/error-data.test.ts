import { expect, it } from 'vitest';
import { errorData, errorFrom } from './error-data.ts';
import { CorruptionError, VarveError } from './errors.ts';

/** The error as it arrives on the other side of a channel between threads. */
const passed = (thrown: unknown): Error => errorFrom(structuredClone(errorData(thrown)));

it('gives errors of Varve again, with their class, and the hint once', () => {
  const path = '/data/store/indexes/000000000000-000000000016.run';
  for (const hint of ['Make it again.', undefined]) {
    const details = { path, offset: 64, ...(hint === undefined ? {} : { hint }) };
    const damaged = new CorruptionError('The index run is damaged.', details);
    expect(passed(damaged)).toStrictEqual(damaged);
    expect(passed(damaged)).toBeInstanceOf(CorruptionError);
  }
  const other = new VarveError('STORE_UNAVAILABLE', 'There is no way.', { path });
  expect(passed(other)).toStrictEqual(other);
  expect(passed(other).stack).toBe(other.stack);
});

it('gives errors of the system again, with their code and path', () => {
  const error = Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', path: '/data' });
  expect(passed(error)).toMatchObject({ message: error.message, code: 'EIO', path: '/data' });
  expect(passed(error)).not.toBeInstanceOf(VarveError);
});

it('gives the message of whatever else is thrown', () => {
  expect(passed(new RangeError('too far'))).toStrictEqual(new Error('too far'));
  expect(passed('text').message).toBe('text');
});
