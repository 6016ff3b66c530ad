/** What is read without msgpackr must equal what msgpackr reads: both read the same payloads. */
import { describe, expect, it } from 'vitest';
import { isDeepStrictEqual } from 'node:util';
import { cutValues, otherPayloads, plainPayloads, RecordEncoder, repeated } from '../../test/payloads.ts';
import { RandomBytes, testSeed } from '../../test/random-bytes.ts';
import { notRead, RecordReader } from './record-reader.ts';

/** An encoder, and a reader that knows its structures. */
class Pair {
  readonly reader = new RecordReader();
  private readonly encoder = new RecordEncoder(this.reader);
  readonly packr = this.encoder.packr;

  encode(value: unknown): Buffer {
    return this.encoder.encode(value);
  }

  read(value: unknown): unknown {
    const bytes = this.encode(value);
    return this.reader.read(bytes, 0, bytes.length);
  }
}

describe('a payload of', () => {
  it.each(plainPayloads)('%s is read, the first time and when its shape is known', (_, value) => {
    const pair = new Pair();
    for (let time = 0; time < 10; time++) {
      const found = pair.read(value);
      const wanted = pair.packr.unpack(pair.encode(value)) as unknown;
      expect(isDeepStrictEqual(found, wanted)).toBe(true);
      expect(JSON.stringify(found)).toBe(JSON.stringify(wanted));
    }
  });

  it.each(otherPayloads)('%s is left to msgpackr', (_, value) => {
    expect(new Pair().read(value)).toBe(notRead);
  });
});

describe('structures', () => {
  it('are found by numbers of one and of two bytes', () => {
    const pair = new Pair();
    const values = Array.from({ length: 2500 }, (_, shape) => ({ [`key${shape}`]: { [`inner${shape % 9}`]: shape } }));
    for (const value of [...values, ...values]) expect(pair.read(value)).toEqual(value);
  });

  it('that are not known leave the payload to msgpackr', () => {
    const bytes = new Pair().encode({ a: 1 });
    expect(new RecordReader().read(bytes, 0, bytes.length)).toBe(notRead);
  });

  it('whose key would be the prototype leave the payload to msgpackr', () => {
    const reader = new RecordReader();
    reader.learn([['type', '__proto__']]);
    expect(reader.read(Uint8Array.of(0x40, 1, 2), 0, 3)).toBe(notRead);
  });
});

describe('bytes that are no payload', () => {
  it(`never give a value that msgpackr does not give (seed ${testSeed})`, () => {
    const random = new RandomBytes(testSeed);
    let [values, left] = [0, 0];
    for (let round = 0; round < 300; round++) {
      const pair = new Pair();
      const whole = pair.encode({ a: random.below(1000), b: ['text', { c: 'x'.repeat(random.below(40)) }], d: null });
      for (let time = 0; time < 20; time++) {
        const bytes = random.mutate(whole);
        pair.reader.learn([]);
        const found = pair.reader.read(bytes, 0, bytes.length);
        if (found === notRead) {
          left++;
          continue;
        }
        values++;
        expect(isDeepStrictEqual(found, pair.packr.unpack(bytes))).toBe(true);
      }
    }
    expect(Math.min(values, left)).toBeGreaterThan(500);
  });

  it('behind the end are not read, nor are those before the start', () => {
    const pair = new Pair();
    const value = { text: 'abc', number: 70_000, list: [1, 2, 3], at: new Date(5) };
    const bytes = pair.encode(value);
    for (let end = 0; end < bytes.length; end++) {
      pair.reader.learn([]);
      expect(pair.reader.read(Buffer.concat([bytes, bytes]), 0, end)).toBe(notRead);
    }
    pair.reader.learn([]);
    const block = Buffer.concat([Buffer.alloc(5, 0xa1), bytes, Buffer.alloc(5, 0xa1)]);
    expect(pair.reader.read(new Uint8Array(block), 5, 5 + bytes.length)).toEqual(value);
  });
});

describe('the end of a payload', () => {
  it.each(cutValues)('cuts %s', (_, token, sizeBytes) => {
    // Zeros are a valid length or number, and the string or list of that length.
    const bytes = new Uint8Array(16);
    bytes[0] = token;
    for (let end = 0; end <= sizeBytes; end++) expect(new RecordReader().read(bytes, 0, end)).toBe(notRead);
  });
});

describe('texts under a key', () => {
  it(`are what they are, whether they come again or not (seed ${testSeed})`, () => {
    const random = new RandomBytes(testSeed);
    const pair = new Pair();
    const countries = ['Germany', 'Sweden', 'Österreich', '日本', '', 'a', 'b', 'Gormany', 'Germanz', 'x'.repeat(40)];
    for (let number = 0; number < 5000; number++) {
      // The strings of one key differ for a while, and recur later; those of another the other way round.
      const isEarly = number < 2500;
      const id = `${'id-'.repeat(random.below(8))}${number}`;
      const value = { a: random.pick(countries), b: isEarly ? id : 'same', c: isEarly ? 'same' : id, d: id };
      expect(pair.read(value)).toEqual(value);
    }
  });
});

describe('a text that was remembered', () => {
  it('is not taken for a longer or shorter one that begins alike', () => {
    const pair = new Pair();
    // Both have the same slot among the strings of their key.
    const [short, long] = ['ab', `ab${'c'.repeat(15)}b`];
    for (const text of [long, short, long]) expect(pair.read({ text })).toEqual({ text });
  });

  it('is not taken for one whose bytes are its letters', () => {
    const pair = new Pair();
    const bytes = 'ü'.repeat(8);
    const letters = Buffer.from(bytes).toString('latin1');
    for (const text of [letters, bytes, letters]) expect(pair.read({ text })).toEqual({ text });
  });
});

describe('payloads that cannot be read', () => {
  it('are soon not even tried, until structures come or enough have passed', () => {
    const pair = new Pair();
    pair.encode({ a: 1 });
    const [map, plain] = [pair.encode({ a: new Map() }), pair.encode({ a: 1 })];
    for (let time = 0; time < 100; time++) expect(pair.reader.read(map, 0, map.length)).toBe(notRead);
    expect(pair.reader.read(plain, 0, plain.length)).toBe(notRead);
    const passed = Array.from({ length: 3000 }, () => pair.reader.read(plain, 0, plain.length));
    expect(passed.indexOf(notRead)).toBe(0);
    expect(passed.slice(-1000)).toEqual(repeated({ a: 1 }, 1000));
  });
});
