/**
 * What the catalog records of indexes other than write streams: derived streams, and the indexes of types and tags; and
 * which write streams are closed for good. Receives the records of the catalog in order; any process may use it.
 */
import type { IndexRecord, IndexRemovedRecord, StreamClosedRecord } from '../format/catalog-record.ts';

/** The definition of a derived stream, as it is stored. */
export interface DerivedDefinition {
  readonly kind: 'matcher';
  /** Canonical matcher of the payload. */
  readonly matcher?: Readonly<Record<string, unknown>>;
  /** Canonical matcher of the metadata. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Source text of a function. */
  readonly function?: string;
  /** Fingerprint of name and function, made with the user's secret; without one the function is never evaluated. */
  readonly fingerprint?: string;
  /** Events up to this position existed before the index: they are in its backfill, and not in the frames' links. */
  readonly backfill: number;
}

/** States that a store has an index for each type, or for each tag, of its events. */
export interface TermsDefinition {
  readonly kind: 'types' | 'tags';
  /** Path of the property that holds the type or the tags, or `custom` for a function. */
  readonly accessor: string;
  readonly backfill: number;
}

/** The index of one type or one tag, which is its name. */
export interface TermDefinition {
  readonly kind: 'type' | 'tag';
}

export type IndexDefinition = DerivedDefinition | TermsDefinition | TermDefinition;

export interface IndexEntry<Definition extends IndexDefinition> {
  readonly id: number;
  readonly name: string;
  readonly metadata: undefined;
  readonly definition: Definition;
}

/** All indexes of types, or all of tags: a family. */
export interface TermFamily extends IndexEntry<TermsDefinition> {
  /** By type or tag: the id of its index. */
  readonly ids: Map<string, number>;
}

export class DerivedIndexes {
  private readonly streamsByName = new Map<string, IndexEntry<DerivedDefinition>>();
  private readonly closedStreams = new Set<number>();
  private readonly families: { types?: TermFamily; tags?: TermFamily } = {};

  /** Derived streams, in the order of their creation. */
  streams(): IterableIterator<IndexEntry<DerivedDefinition>> {
    return this.streamsByName.values();
  }

  streamNamed(name: string): IndexEntry<DerivedDefinition> | undefined {
    return this.streamsByName.get(name);
  }

  family(kind: 'types' | 'tags'): TermFamily | undefined {
    return this.families[kind];
  }

  /** All indexes that have, or may have, a backfill. */
  *withBackfill(): Generator<IndexEntry<DerivedDefinition | TermsDefinition>, undefined> {
    yield* this.streamsByName.values();
    for (const family of Object.values(this.families)) if (family !== undefined) yield family;
    return undefined;
  }

  /** Whether the write stream with this id takes no more events. */
  isClosed(streamId: number): boolean {
    return this.closedStreams.size > 0 && this.closedStreams.has(streamId);
  }

  apply(record: IndexRecord | IndexRemovedRecord | StreamClosedRecord): void {
    if (record.kind === 'index') this.applyIndex(record);
    else if (record.kind === 'streamClosed') this.closedStreams.add(record.id);
    else if (this.streamsByName.get(record.name)?.id === record.id) this.streamsByName.delete(record.name);
  }

  private applyIndex({ id, name, metadata }: IndexRecord): void {
    const definition = metadata as IndexDefinition | undefined;
    switch (definition?.kind) {
      case 'matcher':
        this.streamsByName.set(name, { id, name, metadata: undefined, definition });
        break;
      case 'types':
      case 'tags':
        this.families[definition.kind] = {
          id,
          name,
          metadata: undefined,
          definition,
          ids: this.families[definition.kind]?.ids ?? new Map<string, number>(),
        };
        break;
      case 'type':
        this.families.types?.ids.set(name, id);
        break;
      case 'tag':
        this.families.tags?.ids.set(name, id);
        break;
      default:
        // A kind of index from a newer version: its links mean nothing here.
        break;
    }
  }
}
