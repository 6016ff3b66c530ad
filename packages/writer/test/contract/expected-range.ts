/** Which versions a range of a stream has. */

/** What the documentation of `getEventStream` says, in the simplest way. */
export function expectedRange(version: number, min: number, max: number): number[] {
  // After the last event there is nothing, unless the range counts down from there.
  if (min > version && max < 0) return [];
  const from = Math.max(1, min < 0 ? version + 1 + min : min);
  const to = max < 0 ? version + 1 + max : max;
  const all = Array.from({ length: version }, (_, index) => index + 1);
  if (to < 1) return [];
  if (from <= to) return all.filter((n) => n >= from && n <= to);
  return all.filter((n) => n >= to && n <= from).toReversed();
}
