/** Randomness, behind an interface so that a test run can be repeated from its seed. */
import { randomBytes } from 'node:crypto';

export interface RandomSource {
  /** `count` random bytes as hexadecimal digits. */
  hex(count: number): string;
}

export const systemRandom: RandomSource = {
  hex: (count) => randomBytes(count).toString('hex'),
};
