/** What decides whether an event belongs to a stream that was narrowed with `where`. */
import { VarveError } from '../errors.ts';
import type { EventMetadata } from '../storage/event-reader.ts';

export type EventPredicate<Payload = unknown> = (payload: Payload, metadata: EventMetadata) => boolean;

/** A matcher that was compiled before. */
export interface EventMatcher<Payload = unknown> {
  test(payload: Payload, metadata: EventMetadata): boolean;
}

export function predicateOf<Payload>(
  matcher: EventPredicate<Payload> | EventMatcher<Payload>,
): EventPredicate<Payload> {
  if (typeof matcher === 'function') return matcher;
  if (typeof matcher === 'object' && matcher !== null && typeof matcher.test === 'function') {
    return (payload, metadata) => matcher.test(payload, metadata);
  }
  throw new VarveError('INVALID_OPTION', 'where() was called with something that is no matcher.', {
    found: matcher,
    expected: 'a function of payload and metadata, or an object with a function "test"',
    hint: 'For example: stream.where((event) => event.type === "Ordered").',
  });
}

/** True for what both let through; the second one is asked only when the first says true. */
export function both(first: EventPredicate | undefined, second: EventPredicate): EventPredicate {
  if (first === undefined) return second;
  return (payload, metadata) => first(payload, metadata) && second(payload, metadata);
}
