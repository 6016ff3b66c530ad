/**
 * Finds the positions that a query matches, from the indexes of types and tags alone: it reads no event. Any process
 * may use it.
 */
import { VarveError } from '../errors.ts';
import { ListedPositions, type PositionSequence } from '../storage/position-sequence.ts';
import type { ReadableStorage } from '../storage/readable-storage.ts';
import type { EventQuery, QueryItem } from './event-query.ts';
import { emptyWalk, ListWalk, type PositionWalk, walkAll, walkIntersection, walkUnion } from './position-walk.ts';

/** The events that are searched: those after `after`, up to `last`. */
export interface QueryRange {
  readonly after: number;
  readonly last: number;
}

/** The positions that match, in ascending order. Throws `NOT_INDEXED`. */
export function queryPositions(storage: ReadableStorage, query: EventQuery, range: QueryRange): PositionSequence {
  const walk = walkQuery(storage, query, range);
  let list = new Float64Array(64);
  let length = 0;
  for (let found = walk.seek(range.after + 1); found !== Infinity; found = walk.seek(found + 1)) {
    if (length === list.length) list = copyInto(new Float64Array(length * 2), list);
    list[length++] = found;
  }
  return new ListedPositions(list.subarray(0, length));
}

/** The first position that matches, or undefined. Throws `NOT_INDEXED`. */
export function firstMatch(storage: ReadableStorage, query: EventQuery, range: QueryRange): number | undefined {
  const found = walkQuery(storage, query, range).seek(range.after + 1);
  return found === Infinity ? undefined : found;
}

function walkQuery(storage: ReadableStorage, { items }: EventQuery, range: QueryRange): PositionWalk {
  if (items.length === 0) return walkAll(range.last);
  return walkUnion(items.map((item) => walkItem(storage, item, range)));
}

function walkItem(storage: ReadableStorage, { types = [], tags = [] }: QueryItem, range: QueryRange): PositionWalk {
  const walks = [...new Set(tags)].map((tag) => walkTerm(storage, 'tags', tag, range));
  if (types.length > 0) {
    const anyType = [...new Set(types)].map((type) => walkTerm(storage, 'types', type, range));
    walks.push(walkUnion(anyType));
  }
  return walks.length === 0 ? walkAll(range.last) : walkIntersection(walks);
}

function walkTerm(storage: ReadableStorage, kind: 'types' | 'tags', term: string, range: QueryRange): PositionWalk {
  const family = storage.termFamily(kind);
  if (family === undefined) throw notIndexed(storage, kind);
  const id = family.ids.get(term);
  if (id === undefined) return emptyWalk;
  const from = storage.streamVersionAt(id, range.after) + 1;
  const to = storage.streamVersionAt(id, range.last);
  return from > to ? emptyWalk : new ListWalk(storage.streamPositions(id, from, to));
}

function copyInto(larger: Float64Array<ArrayBuffer>, smaller: Float64Array): Float64Array<ArrayBuffer> {
  larger.set(smaller);
  return larger;
}

function notIndexed({ directory }: ReadableStorage, kind: 'types' | 'tags'): VarveError {
  const option = kind === 'types' ? '`indexTypes: true`' : 'the option `tagsAccessor`';
  return new VarveError('NOT_INDEXED', `The store ${directory} keeps no index of ${kind}, which a query asks for.`, {
    path: directory,
    hint: `Open it for writing with ${option} once: the index is made of the events that are there, and kept.`,
  });
}
