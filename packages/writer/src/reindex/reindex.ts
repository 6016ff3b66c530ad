/**
 * Rebuilds everything that is derived from frames, in a store that is open: position index, index runs, backfills, commit ids,
 * name index and head. Why this way: docs/decisions/0008-reindex.md.
 *
 * Invariants: nothing is removed before its replacement is durable and has its name; what cannot be rebuilt is refused before
 * anything is changed; killed at any step, it leaves a store that opens correctly.
 */
import { type ReindexResult, VarveError } from '@varve/core';
import type { IndexSet, StoreContext } from '@varve/core/internal';
import type { Committer } from '../committer.ts';
import type { Backfills } from '../derived/backfills.ts';
import type { Publication } from '../head-writer.ts';
import type { RunKeeper } from '../runs/run-keeper.ts';
import { RunRebuilder } from '../runs/run-rebuilder.ts';
import type { WritableCatalog } from '../writable-catalog.ts';
import type { WritablePositionIndex } from '../writable-position-index.ts';
import type { WriteSteps } from '../write-steps.ts';
import { FramesInOrder } from './frames-in-order.ts';
import { PositionRewriter } from './position-rewriter.ts';

export interface ReindexInput {
  readonly context: StoreContext;
  readonly catalog: WritableCatalog;
  readonly positions: WritablePositionIndex;
  readonly indexes: IndexSet;
  readonly runs: RunKeeper;
  readonly backfills: Backfills;
  readonly committer: Committer;
  readonly publication: Publication;
  readonly steps: WriteSteps;
  readonly eventsPerRun: number;
}

export function reindex(input: ReindexInput, from: number): ReindexResult {
  const { catalog, committer, indexes, positions, publication, runs, steps } = input;
  const last = steps.makeAllDurable();
  assertPosition(from, last, input.context.directory);
  input.backfills.assertCanRebuild(from);
  // Runs that begin with dropped events cannot be rebuilt.
  const { firstPosition } = input.context.segmentRecords;
  const kept = indexes.runList.filter(({ header }) => header.last <= from || header.base + 1 < firstPosition);
  const start = kept.at(-1)?.header.last ?? 0;
  // Their entries in the position index can be, for the events that are left.
  const entriesAfter = start > from ? Math.min(start, firstPosition - 1) : start;
  const { changedPositions, mayHaveIds, rebuilder } = readFrames(input, { entriesAfter, start, last });
  const rebuilt = rebuilder.putInPlace();
  positions.reopen();
  runs.takeRebuilt([...kept, ...rebuilt.runs], rebuilt.tail);
  const backfills = input.backfills.rebuild(from);
  committer.reindexIds(from, last, mayHaveIds);
  catalog.reindexNames();
  steps.rewriteHead(() => publication.rewrite({ visible: last, durable: last, indexed: last }));
  return { from: start, position: last, changedPositions, backfills };
}

interface FramesRead {
  readonly rebuilder: RunRebuilder;
  readonly changedPositions: number;
  /** Whether any commit has metadata, in which callers may have given an id. */
  readonly mayHaveIds: boolean;
}

interface FramesToRead {
  /** The entries of the position index after this position are rebuilt; at most `start`. */
  readonly entriesAfter: number;
  /** The runs after this position are rebuilt. */
  readonly start: number;
  readonly last: number;
}

/** Reads the frames once for everything that is made from them without decoding events. */
function readFrames({ context, catalog, eventsPerRun }: ReindexInput, range: FramesToRead): FramesRead {
  const { entriesAfter, start, last } = range;
  const positions = new PositionRewriter(context, entriesAfter);
  const rebuilder = new RunRebuilder(context, start, eventsPerRun);
  let mayHaveIds = false;
  try {
    const frames = new FramesInOrder(context, catalog.partitions(), entriesAfter);
    for (let reached = entriesAfter; reached < last; reached = frames.frame.lastPosition) {
      frames.next();
      const { frame } = frames;
      positions.add(frames.partitionId, frames.offset, frame.count);
      if (frame.position > start) rebuilder.take(frame);
      mayHaveIds ||= frame.metadataStart !== frame.metadataEnd;
    }
    positions.finish();
  } catch (error) {
    positions.close();
    rebuilder.discard();
    throw error;
  }
  return { rebuilder, changedPositions: positions.changedEntries, mayHaveIds };
}

function assertPosition(from: number, last: number, directory: string): void {
  if (Number.isInteger(from) && from >= 0 && from <= last) return;
  throw new VarveError('INVALID_CURSOR', `The store ${directory} cannot be reindexed from ${String(from)}.`, {
    path: directory,
    found: from,
    expected: `an integer from 0 to ${last}`,
    hint: 'Give the last position whose indexes are known to be good, or 0 to make everything again.',
  });
}
