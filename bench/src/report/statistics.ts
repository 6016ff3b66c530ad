/** Several rounds of one figure, as two numbers. */
export interface Summary {
  readonly median: number;
  /** Half the distance between the lowest and the highest round, as a share of the median. */
  readonly spread: number;
  readonly samples: readonly number[];
}

export function summarize(samples: readonly number[]): Summary {
  const middle = median(samples);
  const range = Math.max(...samples) - Math.min(...samples);
  return { median: middle, spread: middle === 0 ? 0 : range / 2 / middle, samples };
}

/** For an even number of samples, the mean of the two in the middle. */
export function median(samples: readonly number[]): number {
  if (samples.length === 0) throw new Error('the median of nothing');
  const sorted = samples.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)]!;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)]!;
  return (lower + upper) / 2;
}
