/** Looks numbers up in ascending lists of them. */

/** Place of the first number that is not below `wanted`, between two places where it must be. */
export function lowerBound(numbers: Uint32Array, wanted: number, from = 0, to = numbers.length): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (numbers[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Place of a number in a list that has none twice, or -1. Numbers that were given out one after the other are found at
 * once: none lies further behind the first than it is larger.
 */
export function placeOf(numbers: Uint32Array, wanted: number): number {
  const latest = wanted - (numbers[0] ?? Infinity);
  if (!(latest >= 0)) return -1;
  if (numbers[latest] === wanted) return latest;
  const place = lowerBound(numbers, wanted, 0, Math.min(latest, numbers.length));
  return numbers[place] === wanted ? place : -1;
}
