import { expect, it } from 'vitest';
import { toJson } from './json.ts';

it('writes what JSON has no form for as what comes nearest', () => {
  const state = {
    byName: new Map([['anna', new Map([[1, 'one']])]]),
    seen: new Set([1, 2]),
    bytes: new Uint8Array([1, 2, 3]),
    buffer: Buffer.from([1, 2, 3]),
    many: 2n ** 70n,
    at: new Date(0),
    nothing: undefined,
  };
  expect(JSON.parse(toJson(state))).toEqual({
    byName: { anna: [[1, 'one']] },
    seen: [1, 2],
    bytes: 'AQID',
    buffer: 'AQID',
    many: '1180591620717411303424',
    at: '1970-01-01T00:00:00.000Z',
  });
});
