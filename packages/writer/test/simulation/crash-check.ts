/**
 * The oracle of the crash tests: opens the store that a crash left, and throws unless every commit that was
 * acknowledged as durable is there and equal, every other one is whole or absent, and recovering again changes nothing.
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
import { hasErrorCode } from '@varve/core';
import { EventStore, LOCK_RECLAIM, type WriteOptions } from '../../src/index.ts';
import { changedFiles, commitsFound, dataDirectory, type Mark, storeName } from './recorded-run.ts';
import { fileWithGoodBehindBad } from './refusal.ts';

/** A recovered store, and what it held. */
export interface Recovered {
  readonly disk: SimulatedDisk;
  readonly commits: number;
  readonly epoch: number;
  /** Whether it was refused at first, and opened only when told to repair. */
  readonly wasRefused: boolean;
}

/** Opens what a crash left; `mark` says what must be there. */
export function checkRecovery(medium: Medium, mark: Mark, options: WriteOptions): Recovered {
  const found = recover(medium, mark, options);
  if (found.commits < mark.durableCommits) {
    throw new Error(`${found.commits} commits are left of ${mark.durableCommits} durable ones`);
  }
  if (found.epoch <= mark.epoch) throw new Error(`Epoch ${found.epoch} was given again after ${mark.epoch}`);
  return found;
}

/**
 * Checks that what a recovery found stays: for the next recovery, and for one after another loss of power, because
 * what was found counts as durable.
 */
export function checkRecoveringAgain(first: Recovered, mark: Mark, options: WriteOptions): void {
  const powerCuts = [...crashStates(first.disk.medium, { random: new SeededRandom(0), randomStates: 0 })];
  for (const { medium, description } of powerCuts) {
    const second = recover(medium, mark, options);
    const where = `Recovery after "${description}"`;
    if (second.wasRefused) throw new Error(`${where} was refused`);
    if (second.commits !== first.commits) throw new Error(`${where} found ${second.commits}, not ${first.commits}`);
    if (second.epoch <= first.epoch) throw new Error(`${where}: epoch ${second.epoch} comes after ${first.epoch}`);
    const cut = changedFiles(first.disk.medium, second.disk.medium).filter((path) => path.includes('/recovered/'));
    if (cut.length > 0) throw new Error(`${where} cut again: ${cut.join(', ')}`);
  }
}

/** Checks that a store which was recovered takes commits, and keeps them over a loss of power. */
export async function checkGoingOn(recovered: Recovered, mark: Mark, options: WriteOptions): Promise<void> {
  const { disk, commits } = recovered;
  const known = mark.commits.slice(0, commits);
  const added = { stream: 'after', events: [{ type: 'went', on: true }, { again: [1, 2] }] };
  const store = open(disk.startProcess(), options);
  await store.commit(added.stream, added.events).durable;
  store.storage.close();
  const after = { ...mark, commits: [...known, added], durableCommits: commits + 1, epoch: store.storage.epoch };
  for (const { medium } of crashStates(disk.medium, { random: new SeededRandom(1), randomStates: 1 })) {
    checkRecovery(medium, after, options);
  }
}

/** Checks that a recovery which is itself cut off, at any of its operations, recovers too; returns how many were. */
export function checkCrashesOfRecovery(medium: Medium, mark: Mark, options: WriteOptions): number {
  const disk = new SimulatedDisk(medium.copy());
  try {
    open(disk.startProcess(), options).storage.close();
  } catch (error) {
    // A refusal has no steps to crash at; whether it was right is checked elsewhere.
    if (hasErrorCode(error, 'CORRUPTION')) return 0;
    throw error;
  }
  let states = 0;
  let step = 0;
  for (const at of replay(medium, disk.operations)) {
    for (const state of crashStates(at, { random: new SeededRandom(step), randomStates: 1 })) {
      states++;
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
  const commits = commitsFound(store, mark.commits);
  const { epoch } = store.storage;
  store.storage.close();
  if (process.openFiles.length > 0) throw new Error(`Left open: ${process.openFiles.join(', ')}`);
  return { disk, commits, epoch, wasRefused };
}

function open(fileSystem: SimulatedProcess, options: WriteOptions): EventStore {
  const storageConfig = { ...options, fileSystem, random: new SeededRandom(77), clock: new ManualClock() };
  return new EventStore(storeName, { storageDirectory: dataDirectory, storageConfig });
}

/** It must be needed, and leave everything as it was, but for the note who tried. */
function assertRefusalIsRight(before: Medium, after: Medium, error: unknown): void {
  if (fileWithGoodBehindBad(before) === undefined) {
    throw new Error(`Refused without need: ${String(error)}`, { cause: error });
  }
  const changed = changedFiles(before, after).filter((path) => !/\/writer\.(json|json\.tmp|lock)$/.test(path));
  if (changed.length > 0) throw new Error(`${String(error)} changed ${changed.join(', ')}`, { cause: error });
}
