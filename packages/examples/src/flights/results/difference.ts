/** Compares two results field by field. */

export interface Difference {
  /** Names from the outermost inwards, such as `['ORD', 'departures']`. */
  readonly path: readonly string[];
  /** Undefined where the field is missing. */
  readonly projected: unknown;
  readonly plain: unknown;
}

/** Every field that differs, down to single numbers; a field that only one of the two has also differs. */
export function differencesBetween(projected: unknown, plain: unknown, path: readonly string[] = []): Difference[] {
  if (!isRecord(projected) || !isRecord(plain)) {
    return Object.is(projected, plain) ? [] : [{ path, projected, plain }];
  }
  const names = new Set([...Object.keys(plain), ...Object.keys(projected)]);
  return [...names].flatMap((name) => differencesBetween(projected[name], plain[name], [...path, name]));
}

/** The difference as a sentence. */
export function describeDifference({ path, projected, plain }: Difference): string {
  return `${path.join(' ')}: ${describe(projected)} in the projection, ${describe(plain)} in the plain loop`;
}

function describe(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
