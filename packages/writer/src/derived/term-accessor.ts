/** Reads the type or the tags of an event, by a path of properties or by a function of the user. */
import { VarveError } from '@varve/core';
import { messageOf, propertyOf } from '@varve/core/internal';

/** Where an event has its type or its tags: a path such as `type` or `data.tags`, or a function of the payload. */
export type TermAccessor = string | ((event: never) => unknown);

/** Stored for an accessor that is a function, instead of a path: the user must give the function again. */
export const customAccessor = 'custom';

export function accessorName(accessor: TermAccessor): string {
  return typeof accessor === 'function' ? customAccessor : accessor;
}

/** The kind of one index of the family. */
export function termKind(kind: 'types' | 'tags'): 'type' | 'tag' {
  return kind === 'types' ? 'type' : 'tag';
}

/** The types or tags of an event, each once: a string, or an array of strings; nothing when there are none. */
export type TermReader = (event: object) => readonly string[];

export function termReader(kind: 'types' | 'tags', accessor: TermAccessor): TermReader {
  const read = typeof accessor === 'function' ? (accessor as (event: object) => unknown) : pathReader(accessor);
  return (event) => checkTerms(kind, call(kind, read, event));
}

function pathReader(path: string): (event: object) => unknown {
  const keys = path.split('.');
  if (keys.length === 1) return (event) => propertyOf(event, path);
  return (event) => {
    let value: unknown = event;
    for (const key of keys) {
      if (typeof value !== 'object' || value === null) return undefined;
      value = propertyOf(value, key);
    }
    return value;
  };
}

function call(kind: 'types' | 'tags', read: (event: object) => unknown, event: object): unknown {
  try {
    return read(event);
  } catch (error) {
    throw new VarveError('MATCHER_FAILED', `The accessor of ${kind} threw an error: ${messageOf(error)}.`, {
      cause: error,
      hint: 'Nothing was committed. Let it return undefined for events that it does not know.',
    });
  }
}

const none: readonly string[] = [];

function checkTerms(kind: 'types' | 'tags', value: unknown): readonly string[] {
  if (value === undefined || value === null) return none;
  if (isTerm(value)) return [value];
  if (kind === 'tags' && Array.isArray(value) && value.every(isTerm)) return [...new Set(value)];
  const expected = kind === 'types' ? 'a string that is not empty' : 'an array of strings that are not empty';
  throw new VarveError('INVALID_EVENT', `The ${kind} of an event cannot be indexed.`, {
    found: value,
    expected,
    hint: `Nothing was committed. The store keeps an index of ${kind}: they must be ${expected}, or missing.`,
  });
}

function isTerm(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 1024 && value.isWellFormed();
}
