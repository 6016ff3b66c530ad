/**
 * A sum over the entries of an index that does not depend on their order: frames give the entries in the order of
 * positions, an index in its own order, and both need no more memory than two numbers. Two sums of 32 bits, so that
 * different entries have the same fingerprint with a probability of 1 in 2^64.
 */
export class Fingerprint {
  private low = 0;
  private high = 0;

  /** Adds an entry of three numbers of at most 2^53. */
  add(first: number, second: number, third: number): void {
    const a = mix(first, mix(second, mix(third, 0x9e37_79b9)));
    const b = mix(third, mix(first, mix(second, 0x85eb_ca6b)));
    this.low = (this.low + a) >>> 0;
    this.high = (this.high + b) >>> 0;
  }

  get value(): FingerprintValue {
    return [this.low, this.high];
  }
}

export type FingerprintValue = readonly [number, number];

/** The sum over the entries of both. */
export function joinFingerprints(left: FingerprintValue, right: FingerprintValue): FingerprintValue {
  return [(left[0] + right[0]) >>> 0, (left[1] + right[1]) >>> 0];
}

export function isSameFingerprint(left: FingerprintValue, right: FingerprintValue): boolean {
  return left[0] === right[0] && left[1] === right[1];
}

/** The finalizer of MurmurHash3 over both halves of the number. */
function mix(value: number, seed: number): number {
  let hash = seed ^ (value >>> 0);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash ^= Math.floor(value / 0x1_0000_0000);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
