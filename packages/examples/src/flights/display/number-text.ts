/** Numbers as they are shown, the same on every machine. */

/** `40000` as `40,000`. */
export function inGroups(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

/** `1.25` as `1.3`. */
export function withOneDecimal(value: number): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
}

/** A duration of milliseconds, with two decimals below ten. */
export function inMilliseconds(value: number): string {
  return `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`;
}
