import { describe, expect, it } from 'vitest';
import { hasProtoKey, mentionsProtoKey } from './proto-key.ts';

const withKey = JSON.parse('{"__proto__": 1}') as object;

describe('the key __proto__', () => {
  it.each([
    ['in an object', withKey],
    ['in a list', [1, [withKey]]],
    ['under another key', { a: { b: withKey } }],
    ['in a map', new Map([['a', withKey]])],
    ['in the key of a map', new Map([[withKey, 'a']])],
    ['in a set', new Set([withKey])],
  ])('is found %s', (_, value) => {
    expect(hasProtoKey(value)).toBe(true);
  });

  it.each([
    ['as a text', { a: '__proto__' }],
    ['as the key of a map', new Map([['__proto__', 1]])],
    ['in an object that only has a prototype', Object.create({ a: 1 })],
    ['in bytes', Buffer.from('__proto__')],
    ['in nothing', null],
    ['in a text', '__proto__'],
  ])('is not found %s', (_, value) => {
    expect(hasProtoKey(value)).toBe(false);
  });

  it('is looked for between two offsets of any bytes', () => {
    const bytes = new Uint8Array(Buffer.from('..__proto__..'));
    expect(mentionsProtoKey(bytes, 2, 11)).toBe(true);
    expect(mentionsProtoKey(bytes, 3, 13)).toBe(false);
    expect(mentionsProtoKey(bytes, 0, 10)).toBe(false);
    expect(mentionsProtoKey(bytes.subarray(1), 1, 10)).toBe(true);
  });
});
