import { describe, expect, it } from 'vitest';
import { jsonTextOf } from './json-text.ts';

describe('jsonTextOf', () => {
  it('gives one line of JSON for what JSON has', () => {
    const value = { text: 'two\nlines\u2028', list: [1, null, true], nested: { empty: {} } };
    expect(jsonTextOf(value)).not.toContain('\n');
    expect(JSON.parse(jsonTextOf(value))).toEqual(value);
  });

  it.each([
    ['a big integer', { value: 2n ** 60n }, { value: '1152921504606846976' }],
    ['bytes', { value: Uint8Array.of(1, 2, 255) }, { value: 'AQL/' }],
    ['a Buffer', { value: Buffer.of(1, 2, 255) }, { value: 'AQL/' }],
    ['a set', { value: new Set([1, 2]) }, { value: [1, 2] }],
    ['a map with names as keys', { value: new Map([['a', 1n]]) }, { value: { a: '1' } }],
    ['a map with other keys', { value: new Map([[1, 'one']]) }, { value: [[1, 'one']] }],
    ['a date', { value: new Date(0) }, { value: '1970-01-01T00:00:00.000Z' }],
    ['nothing', undefined, null],
  ])('says %s in the nearest word of JSON', (_name, value, expected) => {
    expect(JSON.parse(jsonTextOf(value))).toEqual(expected);
  });
});
