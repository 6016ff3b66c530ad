/**
 * Random numbers from a seed of 128 bits, by xoshiro128** (David Blackman and Sebastiano Vigna, 2018): the same seed
 * gives the same numbers in every version. Not for secrets.
 *
 * The seeds are stored in journals: never change the numbers they give.
 */
export class SeededRandom {
  private a: number;
  private b: number;
  private c: number;
  private d: number;

  /** `seed`: 32 hexadecimal digits. */
  constructor(seed: string) {
    const part = (number: number): number => Number.parseInt(seed.slice(number * 8, number * 8 + 8), 16) | 0;
    this.a = part(0);
    this.b = part(1);
    this.c = part(2);
    // A seed of all zeros would give zeros forever.
    this.d = part(3) | Number((this.a | this.b | this.c) === 0);
  }

  /** A number from 0 (inclusive) to 1 (exclusive), with 53 random bits. */
  next(): number {
    const high = this.next32() >>> 5;
    const low = this.next32() >>> 6;
    return (high * 0x400_0000 + low) / 0x20_0000_0000_0000;
  }

  uuid(): string {
    const hex = [0, 1, 2, 3].map(() => this.next32().toString(16).padStart(8, '0')).join('');
    const variant = '89ab'[Number.parseInt(hex[16]!, 16) & 3]!;
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
  }

  private next32(): number {
    const { a, b, c, d } = this;
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const e = c ^ a;
    const f = d ^ b;
    this.b = b ^ e;
    this.a = a ^ f;
    this.c = e ^ (b << 9);
    this.d = rotate(f, 11);
    return result;
  }
}

function rotate(value: number, count: number): number {
  return (value << count) | (value >>> (32 - count));
}
