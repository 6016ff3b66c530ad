/**
 * Queries over types and tags, as the specification of dynamic consistency boundaries (dcb.events) has them: an event
 * matches a query when it matches one of its items, and an item when its type is one of the item's types and it has
 * all of the item's tags. For users: docs/conditions.md.
 */
import { VarveError } from '../errors.ts';

export interface QueryItem {
  /** The event has one of these types; left out or empty, any type will do. */
  readonly types?: readonly string[];
  /** The event has all of these tags; left out or empty, none is asked for. */
  readonly tags?: readonly string[];
}

export interface EventQuery {
  /** The event matches one of these; without any, every event matches. */
  readonly items: readonly QueryItem[];
}

export interface QueryOptions {
  /** Only events behind this position. @default 0 */
  readonly after?: number;
}

/** The query, checked. Throws `INVALID_QUERY`: what is not understood must never match less or more in silence. */
export function checkQuery(query: EventQuery): EventQuery {
  const given: unknown = query;
  if (!isObjectWith(given, ['items']) || !Array.isArray(given['items'])) {
    throw invalid('it is no object with a list of `items` and nothing else', query);
  }
  for (const item of given['items'] as unknown[]) {
    if (!isObjectWith(item, ['types', 'tags'])) throw invalid('an item is no object of `types` and `tags`', item);
    for (const terms of [item['types'], item['tags']]) {
      if (terms !== undefined && !isListOfTexts(terms)) throw invalid('types and tags must be lists of strings', terms);
    }
  }
  return query;
}

/** The position behind which a query looks, checked. */
export function checkAfter(after: unknown): number {
  if (after === undefined) return 0;
  if (typeof after === 'number' && Number.isSafeInteger(after) && after >= 0) return after;
  throw new VarveError('INVALID_QUERY', 'The position `after` which a query looks cannot be used.', {
    found: after,
    expected: 'an integer of 0 or more',
    hint: 'Give the position of the last event that you have seen, or leave it out.',
  });
}

function isObjectWith(value: unknown, keys: readonly string[]): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.keys(value).every((key) => keys.includes(key));
}

function isListOfTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function invalid(reason: string, found: unknown): VarveError {
  return new VarveError('INVALID_QUERY', `A query cannot be used: ${reason}.`, {
    found,
    hint: 'A query looks like this: { items: [{ types: ["OrderPlaced"], tags: ["order:7"] }] }.',
  });
}
