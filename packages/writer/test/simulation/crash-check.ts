/**
 * The oracle of the crash tests: opens the store that a crash left, as a reader and as the next writer, and throws unless
 * every commit that was acknowledged is there and equal, every other one is whole or absent, and recovering again
 * changes nothing.
 */
import {
  crashStates,
  ManualClock,
  type Medium,
  replay,
  SeededRandom,
  SimulatedDisk,
  type SimulatedProcess,
} from '@varve/core/testing';
import { hasErrorCode, ReadOnlyEventStore, type VarveError } from '@varve/core';
import { EventStore, LOCK_RECLAIM, type WriteOptions } from '../../src/index.ts';
import { commitsFound, commitsShown, isFaultInFile } from './commits-found.ts';
import { assertConsumerIs, checkConsumerGoesOn } from './counting-consumer.ts';
import { assertDerivedAre, assertTypesAre } from './derived-by-type.ts';
import { changedFiles, dataDirectory, type Mark, storeName } from './recorded-run.ts';
import { redone } from './redone.ts';
import { assertRefusalIsNeeded } from './refusal.ts';

/** A recovered store, and what it held. */
export interface Recovered {
  readonly disk: SimulatedDisk;
  readonly commits: number;
  readonly epoch: number;
  readonly firstPosition: number;
  readonly derived: number;
  /** Whether it was refused at first, and opened only when the writer was told to repair. */
  readonly wasRefused: boolean;
}

/** Opens what a crash left; what is found must agree with `mark`. */
export function checkRecovery(medium: Medium, mark: Mark, options: WriteOptions): Recovered {
  const found = recover(medium, mark, options);
  checkPromises(found, mark);
  return found;
}

/** Throws unless what a recovery found is everything that was promised by then. `wasKilled`: the machine went on. */
export function checkPromises(found: Omit<Recovered, 'disk'>, mark: Mark, wasKilled = false): void {
  const { commits, durableCommits, flushedCommits, epoch, firstPositions } = mark;
  if (found.commits > commits.length) throw new Error(`${found.commits} commits are there of ${commits.length}`);
  if (found.commits < durableCommits) {
    throw new Error(`${found.commits} commits are left of ${durableCommits} durable ones`);
  }
  if (wasKilled && found.commits < flushedCommits) {
    throw new Error(`${found.commits} commits are left of ${flushedCommits} flushed ones`);
  }
  if (found.epoch <= epoch) throw new Error(`Epoch ${found.epoch} was given again after ${epoch}`);
  if (found.firstPosition < firstPositions[0] || found.firstPosition > firstPositions[1]) {
    throw new Error(`The store begins at ${found.firstPosition}, not between ${firstPositions.join(' and ')}`);
  }
}

/** What a reader shows of what a crash left, before any writer has seen it. */
export interface Shown {
  readonly commits: number;
  /** Whether it could not be opened, or not be read to its end, with an error that says in which file the damage is. */
  readonly wasRefused: boolean;
}

/**
 * Opens what a crash left for reading. The reader must show a prefix of the commits, whole, and change nothing; it may report a
 * file as damaged, if that file is not as it was `before` (undefined: it may have been damaged then), or that there is no store
 * yet.
 */
export function checkReader(medium: Medium, mark: Mark, before: Medium | undefined): Shown {
  const disk = new SimulatedDisk(medium);
  const process = disk.startProcess();
  const { fault, ...shown } = show(process, mark);
  if (fault !== undefined && before !== undefined && !hasLost(medium, before, fault)) {
    throw new Error(`A reader names a file that has lost nothing: ${String(fault)}`, { cause: fault });
  }
  if (disk.operations.length > 0) throw new Error(`A reader changed the disk: ${disk.operations[0]!.kind}`);
  assertAllClosed(process);
  return shown;
}

/** Whether the file that the error names, or one in the folder that it names, differs from before. */
function hasLost(medium: Medium, before: Medium, { path = '' }: VarveError): boolean {
  return changedFiles(before, medium).some((changed) => changed === path || changed.startsWith(`${path}/`));
}

function show(
  process: SimulatedProcess,
  { commits, derived, durableCommits }: Mark,
): Shown & { readonly fault: VarveError | undefined } {
  let reader: ReadOnlyEventStore;
  try {
    reader = openReader(process);
  } catch (error) {
    const isMissing = hasErrorCode(error, 'STORE_MISSING') && durableCommits === 0;
    if (isMissing) return { commits: 0, wasRefused: true, fault: undefined };
    if (!isFaultInFile(error)) throw error;
    return { commits: 0, wasRefused: true, fault: error };
  }
  const { count, fault } = commitsShown(reader, commits);
  if (fault === undefined) assertDerivedAre(reader, derived, { commits, mustExist: 0 });
  reader.storage.close();
  return { commits: count, wasRefused: fault !== undefined, fault };
}

/** After the death of a process, nothing keeps a reader from what was flushed. */
export function checkShownToReader({ commits, wasRefused }: Shown, { flushedCommits }: Mark): void {
  if (flushedCommits === 0 || (commits >= flushedCommits && !wasRefused)) return;
  throw new Error(
    `A reader ${wasRefused ? 'is refused and ' : ''}shows ${commits} of ${flushedCommits} flushed commits`,
  );
}

/** Checks that what a recovery found stays: for the next recovery, and for one after another power cut. */
export function checkRecoveringAgain(first: Recovered, mark: Mark, options: WriteOptions): void {
  const powerCuts = [...crashStates(first.disk.medium, { random: new SeededRandom(0), randomStates: 0 })];
  for (const { medium, description } of powerCuts) {
    const second = recover(medium, mark, options);
    const where = `Recovery after "${description}"`;
    if (second.wasRefused) throw new Error(`${where} was refused`);
    if (second.commits !== first.commits) throw new Error(`${where} found ${second.commits}, not ${first.commits}`);
    if (second.epoch <= first.epoch) throw new Error(`${where}: epoch ${second.epoch} comes after ${first.epoch}`);
    const changed = changedFiles(first.disk.medium, second.disk.medium).filter((path) => !changesAtOpening.test(path));
    if (changed.length > 0) throw new Error(`${where} changed ${changed.join(', ')}`);
  }
}

/** Every writer notes who it is and raises the epoch. */
const changesAtOpening = /\/(head|catalog|writer\.(json|json\.tmp|lock))$/;

/** Checks that a store which was recovered takes commits, and keeps them over a power cut; readers and consumers run as well. */
export async function checkGoingOn(recovered: Recovered, mark: Mark, options: WriteOptions): Promise<void> {
  const { disk, commits, firstPosition } = recovered;
  const reader = openReader(disk.startProcess());
  const store = open(disk.startProcess(), options);
  const kept = store.position;
  assertIdsAreKnown(store, mark, commits);
  const added = {
    stream: 'after',
    events: [
      { type: 'went', on: true },
      { type: 'went', again: [1, 2] },
    ],
  };
  const all = [...mark.commits.slice(0, commits), added];
  await store.commit(added.stream, added.events).durable;
  reader.storage.poll();
  const shown = commitsFound(reader, all);
  if (shown !== all.length) throw new Error(`A reader shows ${shown} commits of ${all.length}`);
  reader.storage.close();
  const consumed = firstPosition > 1 ? undefined : await checkConsumerGoesOn(store, all, kept);
  store.storage.close();
  const after: Mark = {
    ...mark,
    commits: all,
    durableCommits: all.length,
    epoch: store.storage.epoch,
    firstPositions: [firstPosition, firstPosition],
    consumed,
  };
  for (const { medium } of crashStates(disk.medium, { random: new SeededRandom(1), randomStates: 1 })) {
    checkRecovery(medium, after, options);
  }
}

/** A commit that is there is found by its id, and changes nothing when it is made again. */
function assertIdsAreKnown(store: EventStore, mark: Mark, found: number): void {
  for (const { stream, events, metadata = {} } of mark.commits.slice(0, found)) {
    if (!('commitId' in metadata)) continue;
    if (!store.commit(stream, events, metadata).isDuplicate) {
      throw new Error(`The commit with the id ${String(metadata.commitId)} was made twice`);
    }
  }
}

/** Checks that a recovery which is itself cut off, at any of its operations, recovers too; returns the number of these crashes. */
export function checkCrashesOfRecovery(medium: Medium, mark: Mark, options: WriteOptions): number {
  const disk = new SimulatedDisk(medium.copy());
  try {
    open(disk.startProcess(), options).storage.close();
  } catch (error) {
    // A refusal has no steps to crash at; whether it was right is checked elsewhere.
    if (hasErrorCode(error, 'CORRUPTION')) return 0;
    throw error;
  }
  const seen = new Set<string>();
  let states = 0;
  let step = 0;
  for (const at of replay(medium, disk.operations)) {
    for (const state of crashStates(at, { random: new SeededRandom(step), randomStates: 1 })) {
      states++;
      const { identity } = state.medium;
      if (seen.has(identity)) continue;
      seen.add(identity);
      try {
        checkRecovery(state.medium, mark, options);
      } catch (error) {
        const where = `Recovery cut off after ${step} operations, ${state.description}`;
        throw new Error(`${where}: ${String(error)}`, { cause: error });
      }
    }
    step++;
  }
  return states;
}

function recover(medium: Medium, mark: Mark, options: WriteOptions): Recovered {
  const before = medium.copy();
  const disk = new SimulatedDisk(medium);
  const process = disk.startProcess();
  let store: EventStore;
  let wasRefused = false;
  try {
    store = open(process, options);
  } catch (error) {
    if (!hasErrorCode(error, 'CORRUPTION')) throw error;
    assertRefusalIsRight(before, medium, error);
    wasRefused = true;
    store = open(process, { ...options, lock: LOCK_RECLAIM });
  }
  const { commits: known, derived, durableDerived, consumed } = mark;
  const commits = commitsFound(store, known);
  assertDerivedAre(store, derived, { commits: known, mustExist: durableDerived });
  if (options.indexTypes === true) assertTypesAre(store, known);
  if (consumed !== undefined) assertConsumerIs(store, known, consumed);
  const { epoch } = store.storage;
  const { firstPosition } = store;
  store.storage.close();
  assertAllClosed(process);
  return { disk, commits, epoch, firstPosition, derived: derived.length, wasRefused };
}

function assertAllClosed({ openFiles, callsOnClosedFiles }: SimulatedProcess): void {
  if (openFiles.length > 0) throw new Error(`Left open: ${openFiles.join(', ')}`);
  if (callsOnClosedFiles.length > 0) throw new Error(`After closing: ${callsOnClosedFiles.join(', ')}`);
}

function open(fileSystem: SimulatedProcess, options: WriteOptions): EventStore {
  const storageConfig = { ...options, fileSystem, random: new SeededRandom(77), clock: new ManualClock() };
  return new EventStore(storeName, { storageDirectory: dataDirectory, storageConfig });
}

function openReader(fileSystem: SimulatedProcess): ReadOnlyEventStore {
  const clock = new ManualClock();
  return new ReadOnlyEventStore(storeName, { storageDirectory: dataDirectory, fileSystem, clock, watch: false });
}

/** The refusal must be needed, and leave everything as it was, except the note who tried, and what the redo log has of segments. */
function assertRefusalIsRight(before: Medium, after: Medium, error: unknown): void {
  const withRedo = redone(before);
  assertRefusalIsNeeded(withRedo, error);
  const isOtherThanRedone = new Set(changedFiles(withRedo, after));
  const changed = changedFiles(before, after).filter((path) => {
    return isOtherThanRedone.has(path) && !/\/writer\.(json|json\.tmp|lock)$/.test(path);
  });
  if (changed.length > 0) throw new Error(`${String(error)} changed ${changed.join(', ')}`, { cause: error });
}
