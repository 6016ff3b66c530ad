import { describe, expect, it } from 'vitest';
import { MemoryStructures } from '../../test/memory-structures.ts';
import { codecNameOf, codecNames, createCodec, type SerializerOption } from './codec.ts';

const pair = { serialize: () => '', deserialize: () => 0 };
const create = (name: string, option?: SerializerOption): string =>
  createCodec(name, option, new MemoryStructures(), 'data/shop').name;

describe('the codec of a store', () => {
  it.each(codecNames)('%s is made by its name', (name) => {
    expect(create(name, name === 'custom' ? pair : name)).toBe(name);
  });

  it('needs no option where the name says it all', () => {
    expect(create('msgpackr')).toBe('msgpackr');
    expect(create('json')).toBe('json');
  });

  it('is called custom when functions are given', () => {
    expect([codecNameOf('json'), codecNameOf('msgpackr'), codecNameOf(pair)]).toEqual(['json', 'msgpackr', 'custom']);
  });

  it('cannot be made without the functions that wrote it', () => {
    const refused = expect.objectContaining({ code: 'INVALID_OPTION', path: 'data/shop' }) as Error;
    expect(() => create('custom')).toThrow(refused);
    expect(() => create('custom', 'json')).toThrow(refused);
  });

  it('may come from a later version', () => {
    const refused = expect.objectContaining({ code: 'NEWER_FORMAT', found: 'cbor', path: 'data/shop' }) as Error;
    expect(() => create('cbor')).toThrow(refused);
  });
});
