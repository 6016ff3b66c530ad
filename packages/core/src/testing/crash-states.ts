/**
 * What a disk may contain when the power comes back: for one moment of a run, the states that differ in what became of
 * everything that was not synced. The systematic ones come first, then as many random ones as are requested.
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
  /** Number of random states besides the systematic ones. */
  readonly randomStates: number;
  /**
   * Whether every change that was not synced is torn and lost, not only the last one of each file, and names are kept
   * up to each of their changes. @default false
   */
  readonly isThorough?: boolean;
}

type FateOf = (file: SimulatedFile, change: FileChange, index: number, count: number) => Fate;

/** States after a crash at this moment; just one when everything was synced. The first one is what a killed process leaves. */
export function* crashStates(medium: Medium, choice: CrashChoice): Generator<CrashState, undefined> {
  const names = medium.unsyncedNames;
  const dirty = medium.files().filter(([, file]) => file.unsynced.length > 0);
  yield crash(medium, 'all kept', names, () => 'keep');
  if (names === 0 && dirty.length === 0) return undefined;
  if (dirty.length > 0) {
    yield crash(medium, 'writes dropped, names kept', names, () => 'drop');
    yield crash(medium, 'sizes kept, bytes zero', names, () => 'zero');
  }
  const mostKept = Math.min(names - 1, choice.isThorough === true ? names - 1 : 0);
  for (let kept = mostKept; kept >= 0; kept--) {
    const which = kept === 0 ? 'names dropped' : `${kept} of ${names} names kept`;
    yield crash(medium, `${which}, writes kept`, kept, () => 'keep');
    yield crash(medium, kept === 0 ? 'all dropped' : `${which}, writes dropped`, kept, () => 'drop');
    if (choice.isThorough === true) yield crash(medium, `${which}, bytes zero`, kept, () => 'zero');
  }
  for (const [path, file] of dirty) {
    if (choice.isThorough === true) yield* statesOfEachChange(medium, path, file);
    else yield* tornStates(medium, path, file);
  }
  for (let index = 0; index < choice.randomStates; index++) yield randomState(medium, index, choice.random);
  return undefined;
}

/**
 * Each change to one file in turn is kept, missing, zero or torn: with all others kept, with those after it in the file
 * missing, or with those of all other files missing as well.
 */
function* statesOfEachChange(medium: Medium, path: string, file: SimulatedFile): Generator<CrashState, undefined> {
  const names = medium.unsyncedNames;
  const { unsynced } = file;
  for (const [place, change] of unsynced.entries()) {
    const isLast = place === unsynced.length - 1;
    const others: readonly OtherFates[] = [
      { description: 'the rest kept', later: 'keep', elsewhere: 'keep' },
      ...(isLast ? [] : [{ description: 'what follows dropped', later: 'drop', elsewhere: 'keep' } as const]),
      { description: 'other files dropped', later: 'drop', elsewhere: 'drop' },
    ];
    for (const { description, later, elsewhere } of others) {
      for (const [what, fate] of fatesOf(change)) {
        yield crash(
          medium,
          `${path}: change ${place + 1} of ${unsynced.length} ${what}, ${description}`,
          names,
          (each, _change, at) => (each !== file ? elsewhere : at < place ? 'keep' : at > place ? later : fate),
        );
      }
    }
  }
  return undefined;
}

/** What becomes of the other changes: of those after the torn one in its file, and of all in other files. */
interface OtherFates {
  readonly description: string;
  readonly later: Fate;
  readonly elsewhere: Fate;
}

/**
 * Every way in which a change may end up, with one edge between the sectors that are present and those that are not.
 */
function* fatesOf(change: FileChange): Generator<readonly [description: string, fate: Fate], undefined> {
  yield ['kept', 'keep'];
  yield ['dropped', 'drop'];
  yield ['zero', 'zero'];
  if (change.kind === 'truncate') return undefined;
  const sectors = sectorCount(change);
  for (let end = 1; end < sectors; end++) {
    const first = (sector: number): boolean => sector < end;
    yield [`torn behind sector ${end} of ${sectors}`, { sectors: first }];
    yield [`zero behind sector ${end} of ${sectors}`, { sectors: first, isSizeKept: true }];
    yield [`torn before sector ${end + 1} of ${sectors}`, { sectors: (sector) => sector >= end }];
  }
  return undefined;
}

/** The last change to one file is missing, or only a part of its sectors is present. */
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

/** The fate of each change of one file, by its index. */
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
