/**
 * The runs of derived streams, types and tags over events that are older than the index. Rebuilds lost and damaged ones from
 * the events, with the stored matcher or accessor. A function that may not be taken from the store must be given again first.
 */
import { CorruptionError, hasErrorCode, VarveError } from '@varve/core';
import { type DerivedIndexes, IndexRun, runPath, systemErrorCode, type TermFamily } from '@varve/core/internal';
import type { WritableCatalog } from '../writable-catalog.ts';
import { Backfill, type BackfillInput } from './backfill.ts';
import { matches, type EventLinks } from './event-links.ts';
import type { PlannedEvent } from './planned-event.ts';
import type { TermReader } from './term-accessor.ts';

export interface BackfillsInput extends BackfillInput {
  readonly catalog: WritableCatalog;
}

/** An index, or a family of indexes, that has a run of its own. */
interface Owner {
  readonly id: number;
  readonly name: string;
  /** The last position that the run covers. */
  readonly last: number;
  /** The indexes whose postings are in the run. */
  readonly ids: ReadonlySet<number>;
  readonly family?: { readonly entry: TermFamily; readonly read: TermReader };
  /** Why the run cannot be rebuilt. */
  readonly reason?: VarveError | undefined;
}

export class Backfills {
  private readonly input: BackfillsInput;
  private readonly links: EventLinks;

  constructor(input: BackfillsInput, links: EventLinks) {
    this.input = input;
    this.links = links;
  }

  /** Throws `MATCHER_MISSING` or `MATCHER_UNTRUSTED` when a run that reaches past `from`, or is not whole, cannot be rebuilt. */
  assertCanRebuild(from: number): void {
    for (const { id, last, reason } of this.toRebuild(from)) {
      if (reason !== undefined) throw reason;
      const { indexDirectory, segmentRecords } = this.input.context;
      segmentRecords.assertIndexed(0, runPath(indexDirectory, { base: 0, last, onlyIndex: id }));
    }
  }

  /** Rebuilds the runs that reach past `from`, or are not whole; returns how many. */
  rebuild(from: number): number {
    const owners = this.toRebuild(from);
    this.make(owners);
    return owners.length;
  }

  /**
   * Rebuilds missing and damaged runs as far as possible; whoever reads one of the others gets an error. `isThorough` reads the
   * runs as a whole; otherwise postings are checked when they are first used.
   */
  repair({ isThorough, only }: { readonly isThorough: boolean; readonly only?: number }): void {
    const owners = this.owners().filter(({ id }) => only === undefined || id === only);
    const damaged = owners.filter((owner) => owner.reason === undefined && !this.isWhole(owner, isThorough));
    try {
      this.make(damaged);
    } catch (error) {
      // Those who read the index are told what prevents it; the rest of the store is usable.
      if (!(error instanceof VarveError)) throw error;
    }
  }

  private toRebuild(from: number): Owner[] {
    // Where events were dropped, runs that are whole cannot be rebuilt, and need not be.
    const least = this.input.context.segmentRecords.firstPosition > 1 ? Infinity : from;
    return this.owners().filter((owner) => owner.last > least || !this.isWhole(owner, true));
  }

  private owners(): Owner[] {
    const { catalog } = this.input;
    const { derived } = catalog;
    const owners: Owner[] = [];
    for (const { id, name, definition } of derived.streams()) {
      if (definition.backfill === 0) continue;
      owners.push({ id, name, last: definition.backfill, ids: new Set([id]), reason: this.links.missingReason(id) });
    }
    for (const kind of ['types', 'tags'] as const) {
      const owner = this.familyOwner(derived, kind);
      if (owner !== undefined) owners.push(owner);
    }
    return owners;
  }

  private familyOwner(derived: DerivedIndexes, kind: 'types' | 'tags'): Owner | undefined {
    const entry = derived.family(kind);
    const read = entry === undefined ? undefined : this.links.readerOf(entry.id);
    if (entry === undefined || read === undefined || entry.definition.backfill === 0) return undefined;
    const ids = new Set(entry.ids.values());
    return { id: entry.id, name: kind, last: entry.definition.backfill, ids, family: { entry, read } };
  }

  private isWhole({ id, last }: Owner, isThorough: boolean): boolean {
    const { fileSystem, indexDirectory, cache, seed } = this.input.context;
    let run: IndexRun | undefined;
    try {
      run = new IndexRun({ fileSystem, cache, seed }, runPath(indexDirectory, { base: 0, last, onlyIndex: id }));
      if (isThorough) run.verify();
      return true;
    } catch (error) {
      if (hasErrorCode(error, 'CORRUPTION') || systemErrorCode(error) === 'ENOENT') return false;
      throw error;
    } finally {
      run?.close();
    }
  }

  private make(owners: readonly Owner[]): void {
    if (owners.length === 0) return;
    const backfill = new Backfill(this.input);
    const lastOf = new Map(owners.map(({ id, last }) => [id, last]));
    const last = Math.max(...lastOf.values());
    const families = owners.filter((owner) => owner.family !== undefined);
    const indexesOf = (event: PlannedEvent, position: number): readonly number[] => {
      const ids: number[] = [];
      for (const stream of this.links.router.candidates(event.event)) {
        if (position <= (lastOf.get(stream.id) ?? 0) && matches(stream, event)) ids.push(stream.id);
      }
      for (const owner of families) if (position <= owner.last) this.addTerms(ids, owner.family!, event, position);
      return ids;
    };
    try {
      backfill.collect(last, indexesOf, false);
      for (const owner of owners) backfill.write(owner.id, owner.last, owner.ids);
    } finally {
      backfill.end();
    }
  }

  private addTerms(
    ids: number[],
    { entry, read }: NonNullable<Owner['family']>,
    { event }: PlannedEvent,
    position: number,
  ): void {
    for (const term of read(event)) {
      const id = entry.ids.get(term);
      if (id === undefined) throw this.unknownTerm(entry.name, term, position);
      ids.push(id);
    }
  }

  private unknownTerm(kind: string, term: string, position: number): CorruptionError {
    const { path } = this.input.catalog;
    return new CorruptionError(
      `The event at position ${position} has ${JSON.stringify(term)} among its ${kind}, which ${path} does not know.`,
      { path, position, hint: `Give the accessor that the index of ${kind} was made with.` },
    );
  }
}
