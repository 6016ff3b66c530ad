/**
 * Queries over types and tags, as the specification of dynamic consistency boundaries (dcb.events) defines them: an
 * event matches a query when it matches one of its items, and an item when its type is one of the item's types and it
 * has all of the item's tags. For users: docs/conditions.md.
 */
import { VarveError } from '../errors.ts';
import { checkOptions, type OptionRule } from '../option-rules.ts';

export interface QueryItem {
  /** The event has one of these types; left out or empty, any type matches. */
  readonly types?: readonly string[];
  /** The event has all of these tags; left out or empty, none is required. */
  readonly tags?: readonly string[];
}

export interface EventQuery {
  /** The event matches one of these; without any, every event matches. */
  readonly items: readonly QueryItem[];
}

export interface QueryOptions {
  /** Only events after this position. @default 0 */
  readonly after?: number;
}

/** `checkAfter` says more of a position that cannot be one. */
const queryRules: Readonly<Record<keyof QueryOptions, OptionRule>> = {
  after: { description: 'a position', accepts: () => true },
};

/** The position after which a query looks. Throws `INVALID_OPTION` and `INVALID_QUERY`. */
export function afterOf(options: QueryOptions): number {
  checkOptions(options, queryRules);
  return checkAfter(options.after);
}

/**
 * A checked copy of the query, so that later changes to the caller's object have no effect on it. Throws
 * `INVALID_QUERY`: what is not understood must never silently match less or more.
 */
export function checkQuery(query: EventQuery): EventQuery {
  const given: unknown = query;
  const items = isObjectWith(given, ['items']) ? given['items'] : undefined;
  if (!Array.isArray(items)) throw invalid('it is no object with a list of `items` and nothing else', query);
  return { items: [...(items as unknown[])].map(checkItem) };
}

function checkItem(item: unknown): QueryItem {
  if (!isObjectWith(item, ['types', 'tags'])) throw invalid('an item is no object of `types` and `tags`', item);
  const { types, tags } = item;
  return {
    ...(types === undefined ? {} : { types: checkTexts(types) }),
    ...(tags === undefined ? {} : { tags: checkTexts(tags) }),
  };
}

function checkTexts(terms: unknown): readonly string[] {
  // Copied first: `every` would skip the holes of a sparse list.
  const texts: unknown[] | undefined = Array.isArray(terms) ? [...(terms as unknown[])] : undefined;
  if (texts?.every((text) => typeof text === 'string') === true) return texts;
  throw invalid('types and tags must be lists of strings', terms);
}

/** The position after which a query looks, checked. */
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

function invalid(reason: string, found: unknown): VarveError {
  return new VarveError('INVALID_QUERY', `A query cannot be used: ${reason}.`, {
    found,
    hint: 'A query looks like this: { items: [{ types: ["OrderPlaced"], tags: ["order:7"] }] }.',
  });
}
