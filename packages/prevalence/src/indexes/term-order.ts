/** The order of terms in a range index: numbers, then texts by their character codes, then false and true. */

export function compareTerms(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return compareNumbers(a, b);
  const difference = rankOf(a) - rankOf(b);
  if (difference !== 0) return difference;
  return (a as string) < (b as string) ? -1 : (a as string) > (b as string) ? 1 : 0;
}

/** NaN comes before all numbers. */
function compareNumbers(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  return Number(Number.isNaN(b)) - Number(Number.isNaN(a));
}

function rankOf(term: unknown): number {
  switch (typeof term) {
    case 'number':
      return Number.isNaN(term) ? 0 : 1;
    case 'bigint':
      return 1;
    case 'string':
      return 2;
    default:
      return 3;
  }
}
