/** What decides whether an event belongs to a stream that was narrowed with `where`. */
import { asynchronous, isPromise } from '../asynchronous.ts';
import { canonicalMatcher } from '../matcher/canonical-matcher.ts';
import { compileMatcher } from '../matcher/compile-matcher.ts';
import type { ObjectMatcher } from '../matcher/matcher.ts';
import type { EventMetadata } from '../storage/event-metadata.ts';

export type EventPredicate<Payload = unknown> = (payload: Payload, metadata: EventMetadata) => boolean;

/** A compiled matcher. */
export interface EventMatcher<Payload = unknown> {
  test(payload: Payload, metadata: EventMetadata): boolean;
}

/** The predicate of a function, a compiled matcher or an object matcher. Throws on anything else. */
export function predicateOf<Payload>(
  matcher: EventPredicate<Payload> | EventMatcher<Payload> | ObjectMatcher,
): EventPredicate<Payload> {
  if (typeof matcher === 'function') return decided(matcher);
  if (isCompiled(matcher)) return decided((payload, metadata) => matcher.test(payload, metadata));
  return compileMatcher(canonicalMatcher(matcher));
}

/** The same predicate, which throws `ASYNC_FUNCTION` in the place of taking a promise for true. */
function decided<Payload>(matches: EventPredicate<Payload>): EventPredicate<Payload> {
  return (payload, metadata) => {
    const decision: unknown = matches(payload, metadata);
    if (isPromise(decision)) throw asynchronous('A predicate of `where`', decision);
    return Boolean(decision);
  };
}

function isCompiled<Payload>(matcher: EventMatcher<Payload> | ObjectMatcher): matcher is EventMatcher<Payload> {
  return typeof matcher === 'object' && matcher !== null && typeof matcher['test'] === 'function';
}

/** True when both accept an event; the second one is called only when the first returns true. */
export function both(first: EventPredicate | undefined, second: EventPredicate): EventPredicate {
  if (first === undefined) return second;
  return (payload, metadata) => first(payload, metadata) && second(payload, metadata);
}
