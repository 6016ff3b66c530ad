/** One line of the printed table. */
export interface Figure {
  readonly what: string;
  readonly [column: string]: string;
}

/** The rate, in thousands as the tables show it. */
export function perSecond(count: number, elapsedMs: number): string {
  const rate = (count / elapsedMs) * 1000;
  return rate < 10_000 ? `${Math.round(rate)}/s` : `${Math.round(rate / 1000)} k/s`;
}
