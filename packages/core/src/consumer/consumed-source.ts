/**
 * What a consumer reads: a stream, the join of several, a category, or a query; and how it is named. A consumer is
 * identified by its source and its id together: the same id on other streams is another consumer, with its own state.
 */
import { inspect } from 'node:util';
import { VarveError } from '../errors.ts';
import type { SourceKind } from '../format/file-names.ts';
import { checkQuery, type EventQuery } from '../query/event-query.ts';
import { sourceOfQuery } from '../query/query-source.ts';
import type { NamedEntry } from '../storage/readable-catalog.ts';
import type { ReadableStorage } from '../storage/readable-storage.ts';
import { joinOf, sourceOfCategory } from '../stream/joined-source.ts';
import { allStream, IndexedSource, sourceNamed, type StreamSource } from '../stream/stream-source.ts';

/**
 * A stream by name, which may be a derived stream or `_all`, or one of the other kinds. None of them need exist yet.
 */
export type ConsumedSource =
  | string
  /** The events of several streams, in the order in which they were committed. */
  | { readonly streams: readonly string[] }
  /** The events of all streams of a category, including streams that are created later. */
  | { readonly category: string }
  /** The events of these types and tags. */
  | { readonly query: EventQuery };

/** What distinguishes a source from all others. */
export interface SourceIdentity {
  readonly kind: SourceKind;
  /** The same text for the same source, however it was written. */
  readonly key: string;
  /** For messages, and for people. */
  readonly name: string;
}

/** Checks the source of a consumer. Throws `INVALID_STREAM_NAME` or `INVALID_QUERY`. */
export function identifySource(consumed: ConsumedSource): SourceIdentity {
  if (typeof consumed !== 'object' || consumed === null) {
    const name = checkName(consumed);
    return { kind: 'stream', key: name, name };
  }
  const [kind, ...others] = Object.keys(consumed);
  if (others.length > 0) throw invalid(consumed);
  if (kind === 'category' && 'category' in consumed) {
    const key = checkName(consumed.category);
    return { kind, key, name: `category ${key}` };
  }
  if (kind === 'streams' && 'streams' in consumed) {
    const { streams } = consumed;
    if (!Array.isArray(streams) || streams.length === 0) throw invalid(consumed);
    const names = [...new Set(streams.map(checkName))].sort();
    return { kind: 'join', key: JSON.stringify(names), name: `join of ${names.join(', ')}` };
  }
  if (kind === 'query' && 'query' in consumed) {
    const key = canonicalQuery(checkQuery(consumed.query));
    return { kind, key, name: `query ${key}` };
  }
  throw invalid(consumed);
}

/** The events of a source that `identifySource` has accepted. */
export function sourceOf(storage: ReadableStorage, consumed: ConsumedSource): StreamSource {
  if (typeof consumed === 'string') {
    if (consumed === allStream) return sourceNamed(storage, consumed);
    // Looked up each time: a derived stream may be deleted, and another one created under its name.
    const find = (): NamedEntry | undefined => storage.streamNamed(consumed);
    return new IndexedSource(storage, find, () => storage.isAwaited(consumed));
  }
  if ('streams' in consumed) return joinOf([...new Set(consumed.streams)].map((name) => sourceOf(storage, name)));
  if ('category' in consumed) return sourceOfCategory(storage, consumed.category);
  return sourceOfQuery(storage, checkQuery(consumed.query), 0);
}

/** The same text for queries that differ only in order and repetition. */
function canonicalQuery({ items }: EventQuery): string {
  const terms = (list: readonly string[] | undefined): string[] => [...new Set(list ?? [])].sort();
  const texts = items.map(({ types, tags }) => JSON.stringify({ types: terms(types), tags: terms(tags) }));
  return `[${[...new Set(texts)].sort().join(',')}]`;
}

function checkName(name: unknown): string {
  if (typeof name === 'string' && name !== '' && name.isWellFormed()) return name;
  throw invalid(name);
}

function invalid(found: unknown): VarveError {
  const text = typeof found === 'string' ? JSON.stringify(found) : inspect(found, { depth: 2, breakLength: Infinity });
  return new VarveError('INVALID_STREAM_NAME', `A consumer cannot read a stream that is called ${text}.`, {
    found,
    expected: 'a string that is not empty, of well-formed Unicode; or { streams }, { category } or { query }',
    hint: 'Give the name of a stream, { streams: [...] }, { category } or { query }; none of them need exist yet.',
  });
}
