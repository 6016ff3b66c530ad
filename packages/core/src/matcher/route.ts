/**
 * How an event finds the matchers that may match it, without trying all of them: by the value of one property that the
 * matcher compares for equality, such as `type`.
 */
import type { CanonicalCondition, CanonicalObject } from './canonical-matcher.ts';

/** An event can only match when `property` of its payload is one of `values`. */
export interface Route {
  readonly property: string;
  readonly values: readonly (string | number | boolean | null)[];
}

/**
 * The route of a matcher: by the first property in `preferred`, else by any. Undefined when it compares nothing for
 * equality.
 */
export function routeOf(matcher: CanonicalObject, preferred: ReadonlySet<string>): Route | undefined {
  let found: Route | undefined;
  for (const [property, condition] of Object.entries(matcher)) {
    const values = valuesOf(condition);
    if (values === undefined) continue;
    if (preferred.has(property)) return { property, values };
    found ??= { property, values };
  }
  return found;
}

function valuesOf(condition: CanonicalCondition): Route['values'] | undefined {
  if (isPlain(condition)) return [condition];
  return Array.isArray(condition) && condition.every(isPlain) ? condition : undefined;
}

function isPlain(condition: CanonicalCondition): condition is string | number | boolean | null {
  return typeof condition !== 'object' || condition === null;
}
