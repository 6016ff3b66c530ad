/** A fold that shows each event that is missing, duplicated, or out of order; its state grows. */
export interface Numbered {
  readonly number: number;
}

export interface Fold {
  readonly count: number;
  readonly hash: number;
  /** Grows by some bytes now and then, so that the state outgrows its place. */
  readonly text: string;
}

export const startOfFold: Fold = { count: 0, hash: 7, text: '' };

export function fold({ count, hash, text }: Fold, { number }: Numbered): Fold {
  return {
    count: count + 1,
    hash: (Math.imul(hash, 31) + number) | 0,
    text: number % 10 === 0 ? `${text}${number} Ünïcode 💶 ` : text,
  };
}
