/** Files that each cover a range of positions: which of them together cover the store from its beginning. */

/** A file that covers the positions after `base` up to `last`. */
export interface CoveredRange {
  readonly base: number;
  readonly last: number;
}

/** Ranges that follow each other from position 0 on; of several that begin at one place, the longest. Only the first may be empty. */
export function longestChain<Range extends CoveredRange>(ranges: readonly Range[]): Range[] {
  const chain: Range[] = [];
  for (;;) {
    const base = chain.at(-1)?.last ?? 0;
    const next = ranges.filter((range) => range.base === base && (range.last > base || chain.length === 0));
    if (next.length === 0) return chain;
    chain.push(next.reduce((longest, range) => (range.last > longest.last ? range : longest)));
  }
}
