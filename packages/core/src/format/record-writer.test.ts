/** What is written without msgpackr must be the bytes that msgpackr writes: both receive the same values. */
import { describe, expect, it } from 'vitest';
import { otherPayloads, plainPayloads, RecordEncoder } from '../../test/payloads.ts';
import { RandomBytes, testSeed } from '../../test/random-bytes.ts';
import { notWritten, RecordWriter } from './record-writer.ts';

/** A writer, and an encoder whose structures the writer knows once the encoder has met them. */
class Pair {
  readonly writer = new RecordWriter();
  private readonly encoder = new RecordEncoder(this.writer);

  encode(value: unknown): Buffer {
    return this.encoder.encode(value);
  }

  write(value: unknown): Buffer | typeof notWritten {
    const end = this.writer.write(value);
    return end === notWritten ? notWritten : Buffer.from(this.writer.bytes.subarray(0, end));
  }
}

describe('a payload of', () => {
  it.each(plainPayloads)('%s is written, the first time and when its shape is known', (_, value) => {
    const pair = new Pair();
    const wanted = pair.encode(value);
    for (let time = 0; time < 10; time++) expect(pair.write(value)).toEqual(wanted);
  });

  it.each(otherPayloads)('%s is left to msgpackr', (_, value) => {
    const pair = new Pair();
    pair.encode(value);
    expect(pair.write(value)).toBe(notWritten);
  });

  it.each<[string, unknown]>([
    [
      'an object of a class',
      new (class Order {
        a = 1;
      })(),
    ],
    ['an object without a prototype', Object.assign(Object.create(null) as object, { a: 1 })],
    ['an object that inherits keys', Object.assign(Object.create({ b: 2 }) as object, { a: 1 })],
    ['a list of a class', new (class Many extends Array<number> {})(1, 2)],
    ['a function', { a: () => 1 }],
    ['a symbol', { a: Symbol('b') }],
    ['objects in one another without end', { a: nested(65) }],
  ])('%s is left to msgpackr', (_, value) => {
    const pair = new Pair();
    pair.encode({ a: 1 });
    expect(pair.write(value)).toBe(notWritten);
  });
});

describe('keys', () => {
  it('that are no structure yet leave the payload to msgpackr, until they are', () => {
    const pair = new Pair();
    for (const value of [{ a: 1 }, { a: 1, b: 2 }, { b: 2, a: 1 }, {}, { a: { c: 1 } }]) {
      pair.writer.learn([]);
      expect(pair.write(value)).toBe(notWritten);
      expect(pair.write(value)).toBe(notWritten);
      const wanted = pair.encode(value);
      expect(pair.write(value)).toEqual(wanted);
    }
  });

  it('lead to numbers of one and of two bytes', () => {
    const pair = new Pair();
    const values = Array.from({ length: 2500 }, (_, shape) => ({ [`key${shape}`]: { [`inner${shape % 9}`]: shape } }));
    for (const value of values) pair.encode(value);
    for (const value of values) expect(pair.write(value)).toEqual(pair.encode(value));
  });

  it('that all objects inherit are not taken for keys of this one', () => {
    const pair = new Pair();
    pair.encode({ a: 1, inherited: 1 });
    pair.encode({ a: 1 });
    // As a careless library does.
    Reflect.defineProperty(Object.prototype, 'inherited', {
      value: 1,
      enumerable: true,
      configurable: true,
      writable: true,
    });
    const end = pair.writer.write({ a: 1 });
    Reflect.deleteProperty(Object.prototype, 'inherited');
    expect(end).toBe(notWritten);
  });

  it('of which one would be the prototype are left to msgpackr, which refuses them', () => {
    const writer = new RecordWriter();
    writer.learn([['type', '__proto__']]);
    expect(writer.write(JSON.parse('{"type": 1, "__proto__": 2}'))).toBe(notWritten);
  });
});

describe('values at random', () => {
  it(`become the bytes that msgpackr writes (seed ${testSeed})`, () => {
    const random = new RandomBytes(testSeed);
    const pair = new Pair();
    let written = 0;
    for (let round = 0; round < 5000; round++) {
      const value = { [`k${random.below(4)}`]: valueAtRandom(random, 4), z: valueAtRandom(random, 2) };
      const wanted = pair.encode(value);
      const found = pair.write(value);
      if (found === notWritten) continue;
      written++;
      expect(found).toEqual(wanted);
    }
    expect(written).toBeGreaterThan(3000);
  });

  it('may throw in the middle, and the next one is written', () => {
    const pair = new Pair();
    const good = { a: { b: 1 } };
    const wanted = pair.encode(good);
    const broken = {
      get a(): unknown {
        throw new Error('no value');
      },
    };
    for (let time = 0; time < 200; time++) expect(() => pair.write({ a: broken })).toThrow('no value');
    expect(pair.write(good)).toEqual(wanted);
  });

  it('may have others written on the way, which are left to msgpackr', () => {
    const pair = new Pair();
    const wanted = pair.encode({ a: 1, b: 2 });
    const inner: unknown[] = [];
    const value = {
      a: 1,
      get b(): number {
        inner.push(pair.write({ a: 3, b: 4 }));
        return 2;
      },
    };
    expect(pair.write(value)).toEqual(wanted);
    expect(inner).toEqual([notWritten]);
    expect(pair.write(value)).toEqual(wanted);
  });

  it('that need more than there is room for are written whole, and smaller ones after them', () => {
    const pair = new Pair();
    for (const length of [65_530, 70_000, 5_000_000, 10]) {
      const value = { text: 'x'.repeat(length), list: Array.from({ length: 40 }, () => ({ text: 'é'.repeat(2000) })) };
      const wanted = pair.encode(value);
      expect(pair.write(value)).toEqual(wanted);
    }
    expect(pair.writer.bytes.length).toBeLessThan(10_000_000);
  });
});

describe('values that cannot be written', () => {
  it('are soon not even tried, until structures come or enough have passed', () => {
    const pair = new Pair();
    const plain = { a: 1 };
    const wanted = pair.encode(plain);
    for (let time = 0; time < 100; time++) expect(pair.write({ a: new Map() })).toBe(notWritten);
    expect(pair.write(plain)).toBe(notWritten);
    const passed = Array.from({ length: 3000 }, () => pair.write(plain));
    expect(passed.slice(-1000)).toEqual(Array.from({ length: 1000 }, () => wanted));
    pair.write({ a: new Map() });
    pair.writer.learn([]);
    expect(pair.write(plain)).toEqual(wanted);
  });
});

function nested(levels: number): unknown {
  return levels === 0 ? 1 : { a: nested(levels - 1) };
}

function valueAtRandom(random: RandomBytes, levels: number): unknown {
  const kind = random.below(levels > 0 ? 10 : 8);
  switch (kind) {
    case 0:
      return random.below(2) === 0 ? random.below(300) : -random.below(70_000);
    case 1:
      return (random.below(2 ** 31) - 2 ** 30) * 2 ** (random.below(80) - 40);
    case 2:
      return String.fromCharCode(...Array.from({ length: random.below(90) }, () => 32 + random.below(90)));
    case 3:
      return String.fromCharCode(...Array.from({ length: random.below(90) }, () => random.below(65_536)));
    case 4:
      return random.pick([null, true, false, undefined, -0, 0, NaN]);
    case 5:
      return new Date(random.below(2) * 1000 * random.below(2 ** 31) + random.below(2) * random.below(1000));
    case 6:
      return random.pick(['OrderPlaced', 'Zürich', '', '漢字', 'x'.repeat(31), 'x'.repeat(32), 'é'.repeat(31)]);
    case 7:
      return random.below(20) === 0 ? new Map() : random.below(2 ** 31) * 2;
    case 8:
      return Array.from({ length: random.below(20) }, () => valueAtRandom(random, levels - 1));
    default:
      return Object.fromEntries(
        Array.from({ length: random.below(4) }, () => [`n${random.below(5)}`, valueAtRandom(random, levels - 1)]),
      );
  }
}
