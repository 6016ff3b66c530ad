/**
 * Counts durations in buckets that are at most 3 % wide, so that percentiles are known without keeping each value.
 * Unlike the histogram of Node.js it can be sent to another process, added up there, and taken in parts: what a worker
 * had measured stays counted when it is killed.
 */

/** The counts since the last call: pairs of bucket number and count, and the largest value. */
export interface LagSample {
  readonly pairs: readonly number[];
  readonly maxUs: number;
}

export interface LagSummary {
  /** The number of measured events. */
  readonly count: number;
  /** Half of them took at most this long, in milliseconds; 0 when there are none. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Each power of two is divided into this many buckets. */
const bucketsPerOctave = 32;
const firstOctaveBits = 5;
/** Values from here on (36 minutes) share the last bucket. */
const limitUs = 2 ** 31;
const bucketCount = bucketsPerOctave * (31 - firstOctaveBits + 1);

export class LagHistogram {
  private readonly counts = Array.from({ length: bucketCount }, () => 0);
  private total = 0;
  private maxUs = 0;

  get count(): number {
    return this.total;
  }

  /** Counts one duration. A negative one, which differing clocks cause, counts as 0. */
  record(durationUs: number): void {
    const us = Math.max(0, Math.floor(durationUs));
    this.counts[bucketOf(us)]!++;
    this.total++;
    if (us > this.maxUs) this.maxUs = us;
  }

  /** Returns the counts since the last call, and resets them. */
  take(): LagSample {
    const pairs: number[] = [];
    for (let bucket = 0; this.total > 0 && bucket < bucketCount; bucket++) {
      const count = this.counts[bucket]!;
      if (count === 0) continue;
      pairs.push(bucket, count);
      this.counts[bucket] = 0;
      this.total -= count;
    }
    const { maxUs } = this;
    this.maxUs = 0;
    return { pairs, maxUs };
  }

  /** Adds the counts of another histogram. */
  add(sample: LagSample): void {
    for (let index = 0; index + 1 < sample.pairs.length; index += 2) {
      const count = sample.pairs[index + 1]!;
      this.counts[sample.pairs[index]!]! += count;
      this.total += count;
    }
    this.maxUs = Math.max(this.maxUs, sample.maxUs);
  }

  /** The counts of several histograms in one. */
  static sumOf(histograms: readonly LagHistogram[]): LagHistogram {
    const sum = new LagHistogram();
    for (const { counts, total, maxUs } of histograms) {
      for (let bucket = 0; bucket < bucketCount; bucket++) sum.counts[bucket]! += counts[bucket]!;
      sum.total += total;
      sum.maxUs = Math.max(sum.maxUs, maxUs);
    }
    return sum;
  }

  /** The duration that this share of all durations (0.99 for p99) does not exceed, rounded up to the end of its bucket. */
  percentileUs(share: number): number {
    let left = Math.max(1, Math.ceil(this.total * share));
    for (let bucket = 0; bucket < bucketCount; bucket++) {
      left -= this.counts[bucket]!;
      if (left <= 0) return Math.min(lastOf(bucket), this.maxUs);
    }
    return 0;
  }

  summary(): LagSummary {
    return {
      count: this.total,
      p50Ms: this.percentileUs(0.5) / 1000,
      p99Ms: this.percentileUs(0.99) / 1000,
      maxMs: this.maxUs / 1000,
    };
  }
}

function bucketOf(us: number): number {
  if (us >= limitUs) return bucketCount - 1;
  if (us < bucketsPerOctave) return us;
  const shift = 31 - Math.clz32(us) - firstOctaveBits;
  return shift * bucketsPerOctave + (us >>> shift);
}

/** The largest value that falls into the bucket. */
function lastOf(bucket: number): number {
  if (bucket === bucketCount - 1) return Infinity;
  if (bucket < bucketsPerOctave) return bucket;
  const shift = Math.floor(bucket / bucketsPerOctave) - 1;
  return (bucket - shift * bucketsPerOctave + 1) * 2 ** shift - 1;
}
