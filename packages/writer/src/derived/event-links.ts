/**
 * Says which derived indexes the events of a commit belong to: derived streams, and the indexes of types and tags. New types
 * and tags get their ids here, and their records when the commit is accepted.
 *
 * Invariant: `plan` may throw and leaves nothing behind; `accept` cannot fail.
 */
import { VarveError } from '@varve/core';
import { messageOf, type TermFamily } from '@varve/core/internal';
import type { CommitRequest } from '../commit-appender.ts';
import type { WritableCatalog } from '../writable-catalog.ts';
import { MatcherRouter, type RoutedStream } from './matcher-router.ts';
import { planEvent, type PlannedCommit, type PlannedEvent } from './planned-event.ts';
import { termKind, type TermReader } from './term-accessor.ts';

interface LiveFamily {
  readonly family: TermFamily;
  readonly read: TermReader;
}

interface NewTerm {
  readonly family: TermFamily;
  readonly name: string;
  readonly id: number;
}

const noIds: readonly number[] = [];

export class EventLinks {
  readonly router = new MatcherRouter();
  private readonly catalog: WritableCatalog;
  private readonly families: LiveFamily[] = [];
  private readonly newTerms: NewTerm[] = [];
  /** Derived streams whose matcher is not available: no commit can be accepted before it is. */
  private readonly missing = new Map<number, VarveError>();

  constructor(catalog: WritableCatalog) {
    this.catalog = catalog;
  }

  /** False while no event can belong to a derived index: then a commit need not ask. */
  get isUsed(): boolean {
    return !this.router.isEmpty || this.families.length > 0 || this.missing.size > 0;
  }

  addFamily(family: TermFamily, read: TermReader): void {
    this.families.push({ family, read });
  }

  /** Notes that the matcher of the derived stream is missing, and why. */
  addMissing(id: number, reason: VarveError): void {
    this.missing.set(id, reason);
  }

  /** Why the matcher of the derived stream is missing; undefined when it is not. */
  missingReason(id: number): VarveError | undefined {
    return this.missing.get(id);
  }

  /** Finds the terms of the family in an event; undefined when this writer does not keep the family. */
  readerOf(familyId: number): TermReader | undefined {
    return this.families.find(({ family }) => family.id === familyId)?.read;
  }

  removeMissing(id: number): void {
    this.missing.delete(id);
  }

  /**
   * Index ids for each event of a commit, or undefined when no event has any; `firstNewId` is the first free id. Throws
   * `MATCHER_FAILED` when a matcher or an accessor throws, `INVALID_EVENT` for types or tags that cannot be indexed, and
   * `MATCHER_MISSING` or `MATCHER_UNTRUSTED` when a matcher cannot be asked.
   */
  plan(commit: PlannedCommit, firstNewId: number): (readonly number[])[] | undefined {
    if (this.missing.size > 0) for (const reason of this.missing.values()) throw reason;
    this.newTerms.length = 0;
    let plan: (readonly number[])[] | undefined;
    let commitOffset = 0;
    for (const request of commit.requests) {
      for (let index = 0; index < request.events.length; index++) {
        const ids = this.idsOf(commit, request, { index, commitOffset }, firstNewId);
        if (ids === noIds) continue;
        plan ??= Array.from({ length: commit.size }, () => noIds);
        plan[commitOffset + index] = ids;
      }
      commitOffset += request.events.length;
    }
    return plan;
  }

  /**
   * The one index that the event belongs to, or `noIndex`, where the event's values alone decide that, as they nearly always
   * do; undefined when its commit must be planned.
   */
  onlyIndexOf(event: object): number | undefined {
    return this.families.length > 0 || this.missing.size > 0 ? undefined : this.router.onlyIndexOf(event);
  }

  /** Enters the new types and tags of the last plan into the catalog. */
  accept(): void {
    for (const { family, name } of this.newTerms) {
      this.catalog.addTerm(name, termKind(family.definition.kind));
    }
    this.newTerms.length = 0;
  }

  private idsOf(
    commit: PlannedCommit,
    request: CommitRequest,
    place: { readonly index: number; readonly commitOffset: number },
    firstNewId: number,
  ): readonly number[] {
    const event = request.events[place.index]!;
    const candidates = this.router.candidates(event);
    let ids: number[] | undefined;
    let planned: PlannedEvent | undefined;
    for (const stream of candidates) {
      if (!stream.isCertain) {
        planned ??= planEvent(commit, request, place);
        if (!matches(stream, planned)) continue;
      }
      (ids ??= []).push(stream.id);
    }
    for (const { family, read } of this.families) {
      for (const term of read(event)) (ids ??= []).push(this.termId(family, term, firstNewId));
    }
    return ids ?? noIds;
  }

  private termId(family: TermFamily, name: string, firstNewId: number): number {
    const known = family.ids.get(name);
    if (known !== undefined) return known;
    const planned = this.newTerms.find((term) => term.family === family && term.name === name);
    if (planned !== undefined) return planned.id;
    const id = firstNewId + this.newTerms.length;
    this.newTerms.push({ family, name, id });
    return id;
  }
}

/** Asks the matcher of a derived stream; when the matcher throws, the error names the stream. */
export function matches(
  { name, test }: Pick<RoutedStream, 'name' | 'test'>,
  { event, metadata, stream }: PlannedEvent,
): boolean {
  try {
    return test(event, metadata, stream);
  } catch (error) {
    throw new VarveError(
      'MATCHER_FAILED',
      `The matcher of the derived stream ${JSON.stringify(name)} threw an error: ${messageOf(error)}.`,
      {
        stream: name,
        cause: error,
        hint: 'Nothing was changed. Let it return false for events that it does not know, or remove the stream with deleteEventStream.',
      },
    );
  }
}
