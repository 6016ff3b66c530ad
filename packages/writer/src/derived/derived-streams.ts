/**
 * The derived streams of a writer, and its indexes of types and tags: creates them, over existing events too, removes them, and
 * keeps their matchers ready for the commits to come.
 *
 * Invariant: an index is in the catalog only after its backfill is on the medium, and its backfill is made only of events that
 * are on the medium.
 */
import { hasErrorCode, VarveError } from '@varve/core';
import {
  accessible,
  type CanonicalObject,
  type CatalogRecord,
  type DerivedDefinition,
  type IndexEntry,
  isSameMatcher,
  type MatcherInput,
  messageOf,
  type NamedEntry,
  runPath,
  storedFunction,
  storedMatcher,
  testOf,
  unavailable,
} from '@varve/core/internal';
import { asDiskFull } from '../disk-full.ts';
import { indexRecord, type WritableCatalog } from '../writable-catalog.ts';
import type { WriteSteps } from '../write-steps.ts';
import { Backfill, type BackfillInput } from './backfill.ts';
import { Backfills } from './backfills.ts';
import { matches, EventLinks } from './event-links.ts';
import type { PlannedEvent } from './planned-event.ts';
import { isDecidedByRoute } from './matcher-router.ts';
import { accessorName, customAccessor, type TermAccessor, termKind, termReader } from './term-accessor.ts';

export interface DerivedStreamsInput extends BackfillInput {
  readonly catalog: WritableCatalog;
  readonly steps: WriteSteps;
}

export interface TermOptions {
  readonly indexTypes: boolean;
  readonly typeAccessor?: TermAccessor;
  readonly tagsAccessor?: TermAccessor;
}

export class DerivedStreams {
  /** Says which indexes the events of new commits belong to. */
  readonly links: EventLinks;
  /** The parts of the indexes that cover events older than the index. */
  readonly backfills: Backfills;
  private readonly input: DerivedStreamsInput;
  private readonly hmacSecret: string | undefined;

  constructor(input: DerivedStreamsInput, hmacSecret: string | undefined) {
    this.input = input;
    this.hmacSecret = hmacSecret;
    this.links = new EventLinks(input.catalog);
    this.backfills = new Backfills(input, this.links);
  }

  /**
   * Takes up the indexes that the store has; a derived stream whose function is not available waits for it. Rebuilds backfills
   * that are missing or damaged; `isThorough` reads all of them for that.
   */
  open({ indexTypes, typeAccessor, tagsAccessor }: TermOptions, isThorough: boolean): void {
    for (const entry of this.input.catalog.derived.streams()) this.takeUp(entry);
    this.indexTerms('types', typeAccessor ?? (indexTypes ? 'type' : undefined));
    this.indexTerms('tags', tagsAccessor);
    this.backfills.repair({ isThorough });
  }

  /**
   * Creates the derived stream, or compares the matcher with the stored one if a stream of this name exists. Throws
   * `INVALID_MATCHER`, `MATCHER_MISMATCH`, `MATCHER_FAILED` and `STREAM_EXISTS`, with nothing changed.
   */
  create(name: string, matcher: MatcherInput): void {
    const { catalog } = this.input;
    if (this.hasWriteStream(name)) throw nameTaken(name, 'write stream');
    const definition = storedMatcher(name, matcher, this.hmacSecret);
    const known = catalog.derived.streamNamed(name);
    if (known === undefined) this.add(name, definition, matcher);
    else this.giveAgain(known, definition, matcher);
  }

  /** Removes the derived stream; its events stay where they are. Throws `STREAM_EXISTS` for a write stream. */
  delete(name: string): boolean {
    const { catalog, steps } = this.input;
    if (this.hasWriteStream(name)) throw nameTaken(name, 'write stream');
    const entry = catalog.derived.streamNamed(name);
    if (entry === undefined) return false;
    const { id, definition } = entry;
    steps.record({ kind: 'indexRemoved', id, name, metadata: undefined });
    this.links.router.remove(id);
    this.links.removeMissing(id);
    this.removeBackfillFile(id, definition.backfill);
    return true;
  }

  /** Closes the write stream for good. */
  close(name: string): void {
    const { catalog, steps } = this.input;
    if (catalog.derived.streamNamed(name) !== undefined) throw nameTaken(name, 'derived stream');
    const entry = catalog.streamNamed(name);
    if (entry === undefined || !this.hasWriteStream(name)) {
      throw new VarveError('INVALID_STREAM_NAME', `There is no stream ${JSON.stringify(name)} that could be closed.`, {
        stream: name,
        hint: 'A stream is made by the first commit to it.',
      });
    }
    if (catalog.derived.isClosed(entry.id)) return;
    steps.makeAllDurable();
    steps.record({ kind: 'streamClosed', id: entry.id, name, metadata: undefined });
  }

  /** Throws `STREAM_CLOSED` or `STREAM_EXISTS` when no commit may go to the stream. */
  assertTakesEvents(name: string, entry: NamedEntry | undefined): void {
    const { derived } = this.input.catalog;
    if (derived.streamNamed(name) !== undefined) throw nameTaken(name, 'derived stream');
    if (entry !== undefined && derived.isClosed(entry.id)) {
      throw new VarveError('STREAM_CLOSED', `The stream ${JSON.stringify(name)} was closed for good.`, {
        stream: name,
        hint: 'It can be read. Commit to another stream.',
      });
    }
  }

  /** Also false for a stream whose only commit was lost in a crash: the catalog may still have its name. */
  private hasWriteStream(name: string): boolean {
    const { catalog, indexes } = this.input;
    const entry = catalog.streamNamed(name);
    return entry !== undefined && indexes.count(entry.id) > 0;
  }

  /**
   * Keeps an index for each type, or each tag, from now on, and builds those of the existing events. A store that has such
   * indexes keeps them, whatever the options say, as long as it knows where in an event the types or tags are.
   */
  private indexTerms(kind: 'types' | 'tags', given: TermAccessor | undefined): void {
    const { catalog } = this.input;
    const stored = catalog.derived.family(kind)?.definition.accessor;
    if (stored === undefined && given === undefined) return;
    if (stored !== undefined && given !== undefined && stored !== accessorName(given)) {
      throw otherAccessor(kind, stored, accessorName(given));
    }
    if (stored === customAccessor && given === undefined) throw otherAccessor(kind, stored, undefined);
    const accessor = given ?? stored!;
    const read = termReader(kind, accessor);
    if (stored === undefined) this.addFamily(kind, accessorName(accessor), (event) => read(event));
    this.links.addFamily(catalog.derived.family(kind)!, read);
  }

  private add(name: string, definition: Omit<DerivedDefinition, 'backfill'>, given: MatcherInput): void {
    const { catalog, steps } = this.input;
    const last = steps.makeAllDurable();
    const isCertain = isDecidedByRoute(definition);
    const routed = { id: catalog.nextStreamId, name, test: testOf(definition, given.matcher), isCertain };
    const ids = [routed.id];
    const backfill = this.backfillFor(routed.id, last, new Set(ids), (event) => (matches(routed, event) ? ids : []));
    this.recordWith(routed.id, backfill, [indexRecord(routed.id, name, { ...definition, backfill })]);
    this.links.router.add(routed, definition.matcher as CanonicalObject | undefined);
  }

  private giveAgain(
    known: IndexEntry<DerivedDefinition>,
    definition: Omit<DerivedDefinition, 'backfill'>,
    given: MatcherInput,
  ): void {
    const { steps } = this.input;
    const { id, name, definition: stored } = known;
    if (!isSameMatcher(definition, stored)) throw otherMatcher(name, stored, definition);
    if (definition.fingerprint !== undefined && definition.fingerprint !== stored.fingerprint) {
      steps.record(indexRecord(id, name, { ...definition, backfill: stored.backfill }));
    }
    this.links.removeMissing(id);
    this.links.router.remove(id);
    const isCertain = isDecidedByRoute(definition);
    const routed = { id, name, test: testOf(definition, given.matcher), isCertain };
    this.links.router.add(routed, definition.matcher as CanonicalObject | undefined);
    this.backfills.repair({ isThorough: false, only: id });
  }

  private addFamily(kind: 'types' | 'tags', accessor: string, read: (event: object) => readonly string[]): void {
    const { catalog, steps } = this.input;
    const last = steps.makeAllDurable();
    const familyId = catalog.nextStreamId;
    const ids = new Map<string, number>();
    const idOf = (term: string): number => {
      const id = ids.get(term) ?? familyId + 1 + ids.size;
      ids.set(term, id);
      return id;
    };
    const backfill = this.backfillFor(familyId, last, undefined, ({ event }) => read(event).map(idOf));
    const terms = [...ids].map(([term, id]) => indexRecord(id, term, { kind: termKind(kind) }));
    this.recordWith(familyId, backfill, [indexRecord(familyId, kind, { kind, accessor, backfill }), ...terms]);
  }

  /**
   * Records the indexes that a backfill was made for. Without room for that their ids stay free, and no later index with such
   * an id may find the backfill.
   */
  private recordWith(id: number, backfill: number, records: readonly CatalogRecord[]): void {
    try {
      this.input.steps.record(...records);
    } catch (error) {
      if (hasErrorCode(error, 'DISK_FULL')) this.removeBackfill(id, backfill);
      throw error;
    }
  }

  private removeBackfill(id: number, backfill: number): void {
    this.input.indexes.removeBackfill(id);
    this.removeBackfillFile(id, backfill);
  }

  /** The run stays open: streams that were obtained before still read it. */
  private removeBackfillFile(id: number, backfill: number): void {
    if (backfill === 0) return;
    const { context } = this.input;
    const path = runPath(context.indexDirectory, { base: 0, last: backfill, onlyIndex: id });
    accessible(path, () => context.fileSystem.remove(path));
  }

  /**
   * Writes the run of an index over the events up to `last`. Returns the last position that it covers; 0, without a run, when
   * no event belongs to the index.
   */
  private backfillFor(
    id: number,
    last: number,
    only: ReadonlySet<number> | undefined,
    indexesOf: (event: PlannedEvent) => readonly number[],
  ): number {
    const backfill = new Backfill(this.input);
    try {
      backfill.collect(last, indexesOf, true);
      if (backfill.size === 0) return 0;
      backfill.write(id, last, only);
      return last;
    } catch (error) {
      const { indexDirectory } = this.input.context;
      throw unavailable(indexDirectory, asDiskFull(error, indexDirectory));
    } finally {
      backfill.end();
    }
  }

  private takeUp({ id, name, definition }: IndexEntry<DerivedDefinition>): void {
    const { links, hmacSecret } = this;
    try {
      const test = testOf(definition, storedFunction(name, definition, hmacSecret));
      const isCertain = isDecidedByRoute(definition);
      this.links.router.add({ id, name, test, isCertain }, definition.matcher as CanonicalObject | undefined);
    } catch (error) {
      links.addMissing(id, error instanceof VarveError ? error : cannotEvaluate(name, error));
    }
  }
}

function nameTaken(name: string, kind: string): VarveError {
  return new VarveError('STREAM_EXISTS', `${JSON.stringify(name)} is the name of a ${kind}.`, {
    stream: name,
    found: kind,
    hint: 'Choose another name: write streams and derived streams share their names.',
  });
}

function otherMatcher(name: string, expected: DerivedDefinition, found: unknown): VarveError {
  return new VarveError(
    'MATCHER_MISMATCH',
    `The derived stream ${JSON.stringify(name)} was made with another matcher than the one that is given now.`,
    {
      stream: name,
      expected,
      found,
      hint: 'Give the same one, choose another name, or delete the derived stream and create it again.',
    },
  );
}

function otherAccessor(kind: 'types' | 'tags', expected: string, found: string | undefined): VarveError {
  const option = kind === 'types' ? 'typeAccessor' : 'tagsAccessor';
  return new VarveError('INVALID_OPTION', `The store keeps an index of ${kind}, made with another \`${option}\`.`, {
    expected,
    found,
    hint: expected === customAccessor ? `Pass the function \`${option}\` again.` : `Pass ${JSON.stringify(expected)}.`,
  });
}

function cannotEvaluate(name: string, cause: unknown): VarveError {
  return new VarveError(
    'MATCHER_FAILED',
    `The stored matcher of the derived stream ${JSON.stringify(name)} cannot be used: ${messageOf(cause)}.`,
    { stream: name, cause, hint: 'Give it again with createEventStream, or delete the derived stream.' },
  );
}
