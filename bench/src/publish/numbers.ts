/** Formats figures for people. */
const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const precise = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });

/** Three significant digits: `1.31 M`, `573 k`, `0.13`. */
export function short(value: number): string {
  if (value >= 999_500) return `${precise.format(value / 1e6)} M`;
  if (value >= 10_000) return `${whole.format(value / 1000)} k`;
  return value >= 100 ? whole.format(value) : precise.format(value);
}
