/**
 * What a disk may look like when the power comes back: for one moment of a run, the states that differ in what became
 * of everything that was not synced. The systematic ones come first, then as many random ones as are asked for.
 */
import type { Medium } from './medium.ts';
import type { SeededRandom } from './seeded-random.ts';
import { type Fate, type FileChange, sectorCount, type SimulatedFile } from './simulated-file.ts';

export interface CrashState {
  /** How it came about, for the message of a failing test. */
  readonly description: string;
  readonly medium: Medium;
}

export interface CrashChoice {
  readonly random: SeededRandom;
  /** Random states beside the systematic ones. */
  readonly randomStates: number;
}

type FateOf = (file: SimulatedFile, change: FileChange, index: number, count: number) => Fate;

/** States after a crash at this moment; just one when everything was synced. */
export function* crashStates(medium: Medium, choice: CrashChoice): Generator<CrashState, undefined> {
  const names = medium.unsyncedNames;
  const dirty = medium.files().filter(([, file]) => file.unsynced.length > 0);
  yield crash(medium, 'all kept', names, () => 'keep');
  if (names === 0 && dirty.length === 0) return undefined;
  if (dirty.length > 0) {
    yield crash(medium, 'writes dropped, names kept', names, () => 'drop');
    yield crash(medium, 'sizes kept, bytes zero', names, () => 'zero');
  }
  if (names > 0) {
    yield crash(medium, 'names dropped, writes kept', 0, () => 'keep');
    yield crash(medium, 'all dropped', 0, () => 'drop');
  }
  for (const [path, file] of dirty) yield* tornStates(medium, path, file);
  for (let index = 0; index < choice.randomStates; index++) yield randomState(medium, index, choice.random);
  return undefined;
}

/** The last change to one file is missing, or only a part of its sectors is there. */
function* tornStates(medium: Medium, path: string, torn: SimulatedFile): Generator<CrashState, undefined> {
  const last = torn.unsynced.at(-1)!;
  const names = medium.unsyncedNames;
  const tear = (description: string, fate: Fate): CrashState =>
    crash(medium, `${path}: ${description}`, names, (file, change) => (change === last ? fate : 'keep'));
  yield tear('last change dropped', 'drop');
  yield tear('last change zero', 'zero');
  if (last.kind === 'truncate') return undefined;
  const sectors = sectorCount(last);
  for (let end = 1; end < sectors; end++) {
    yield tear(`first ${end} of ${sectors} sectors of the last write`, { sectors: (sector) => sector < end });
    yield tear(`all but the first ${end} of ${sectors} sectors`, { sectors: (sector) => sector >= end });
  }
  return undefined;
}

function randomState(medium: Medium, index: number, random: SeededRandom): CrashState {
  const modes = new Map<SimulatedFile, FileMode>();
  const names = random.chance(0.5) ? medium.unsyncedNames : random.between(0, medium.unsyncedNames);
  return crash(medium, `random ${index}`, names, (file, _change, at, count) => {
    let mode = modes.get(file);
    if (mode === undefined) modes.set(file, (mode = chooseMode(random, count)));
    return mode(at);
  });
}

/** The fate of each change of one file, by its number. */
type FileMode = (index: number) => Fate;

function chooseMode(random: SeededRandom, count: number): FileMode {
  const kept = random.between(0, count);
  const torn = (): Fate => ({ sectors: () => random.chance(0.5) });
  return random.pick<FileMode>([
    () => 'keep',
    () => 'drop',
    () => 'zero',
    // In order, with the last one torn or zero, as an ordered journal leaves it.
    (index) => (index < kept ? 'keep' : 'drop'),
    (index) => (index < kept ? 'keep' : index === kept ? torn() : 'drop'),
    (index) => (index < kept ? 'keep' : 'zero'),
    // In no order at all, as a write-back cache leaves it.
    () => random.pick<Fate>(['keep', 'drop']),
    () => random.pick<Fate>(['keep', 'drop', 'zero', torn()]),
  ]);
}

function crash(medium: Medium, description: string, namesKept: number, fateOf: FateOf): CrashState {
  const survivor = medium.crashed(namesKept, (file) =>
    file.crashed((change, index, count) => fateOf(file, change, index, count)),
  );
  return { description, medium: survivor };
}
