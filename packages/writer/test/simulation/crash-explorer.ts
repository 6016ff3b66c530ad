/**
 * Cuts the power at every operation of a recorded run, in every way that `crashStates` knows. Each disk that results is opened
 * and checked once; what was found there is then compared with what is expected of every state with this disk.
 */
import { crashStates, type CrashState, type Medium, replay, SeededRandom } from '@varve/core/testing';
import {
  checkCrashesOfRecovery,
  checkGoingOn,
  checkPromises,
  checkReader,
  checkRecoveringAgain,
  checkRecovery,
  checkShownToReader,
  type Recovered,
  type Shown,
} from './crash-check.ts';
import type { Mark, RecordedRun } from './recorded-run.ts';

export interface Exploration {
  readonly seed: number;
  /** Random states at each operation, in addition to the systematic ones. */
  readonly randomStates: number;
  /** One in this many disks is also recovered twice, written to, and cut off while it recovers. */
  readonly deepEvery: number;
}

export class CrashCounts {
  /** Moments, each combined with a fate of everything that was not synced. */
  states = 0;
  /** Distinct disks among these, each of which was opened. */
  distinct = 0;
  refused = 0;
  duringRecovery = 0;
  /** Readers that showed fewer commits than the next writer found; and those that could not open the store. */
  readersBehind = 0;
  readersRefused = 0;

  add(more: CrashCounts): void {
    this.states += more.states;
    this.distinct += more.distinct;
    this.refused += more.refused;
    this.duringRecovery += more.duringRecovery;
    this.readersBehind += more.readersBehind;
    this.readersRefused += more.readersRefused;
  }

  toString(): string {
    const { states, distinct, refused, duringRecovery, readersBehind, readersRefused } = this;
    return (
      `${states} states (${distinct} distinct disks, ${refused} refused until told to repair; ` +
      `${readersBehind} readers behind, ${readersRefused} refused) and ${duringRecovery} during recovery`
    );
  }
}

/** What was found on one disk. */
interface Findings {
  readonly recovered: Omit<Recovered, 'disk'>;
  readonly shown: Shown;
}

export async function explore(run: RecordedRun, exploration: Exploration, counts: CrashCounts): Promise<void> {
  const { seed, randomStates } = exploration;
  const random = new SeededRandom(seed);
  const found = new Map<string, Findings>();
  let operations = 0;
  // What an earlier power cut took may still be missing at any moment of the run.
  const mayBeDamaged = run.isStartDamaged;
  for (const medium of replay(run.start, run.disk.operations)) {
    const mark = run.markAt(operations);
    let number = 0;
    for (const state of crashStates(medium, { random, randomStates, isThorough: true })) {
      counts.states++;
      const wasKilled = number++ === 0;
      try {
        const identity = `${mark.history}/${state.medium.identity}`;
        let known = found.get(identity);
        if (known === undefined) {
          const isDeep = counts.distinct++ % exploration.deepEvery === 0;
          found.set(
            identity,
            (known = await check(state, mark, { run, counts, isDeep, before: mayBeDamaged ? undefined : medium })),
          );
        }
        checkPromises(known.recovered, mark, wasKilled);
        if (wasKilled && !mayBeDamaged && known.recovered.wasRefused) {
          throw new Error('Refused, although nothing was lost');
        }
        if (wasKilled) checkShownToReader(known.shown, mark);
      } catch (error) {
        const where = `${describe(run, operations)}, ${state.description}`;
        throw new Error(`Seed ${seed}, ${where}: ${String(error)}`, { cause: error });
      }
    }
    operations++;
    // Closed stores release their memory when the event loop turns.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

interface Circumstances {
  readonly run: RecordedRun;
  readonly counts: CrashCounts;
  readonly isDeep: boolean;
  /** The disk as it was before the crash, including everything unsynced; undefined when that was damaged itself. */
  readonly before: Medium | undefined;
}

async function check(
  { medium }: CrashState,
  mark: Mark,
  { run, counts, isDeep, before }: Circumstances,
): Promise<Findings> {
  const { options } = run;
  const asFound = isDeep ? medium.copy() : medium;
  const shown = checkReader(medium, mark, before);
  const recovered = checkRecovery(medium, mark, options);
  if (recovered.wasRefused) counts.refused++;
  if (shown.wasRefused) counts.readersRefused++;
  else if (shown.commits < recovered.commits) counts.readersBehind++;
  if (isDeep) {
    counts.duringRecovery += checkCrashesOfRecovery(asFound, mark, options);
    checkRecoveringAgain(recovered, mark, options);
    await checkGoingOn(recovered, mark, options);
  }
  const { disk: _disk, ...facts } = recovered;
  return { recovered: facts, shown };
}

function describe(run: RecordedRun, operations: number): string {
  const last = run.disk.operations[operations - 1];
  if (last === undefined) return 'before the first operation';
  const facts = Object.entries(last).map(([name, value]) =>
    value instanceof Uint8Array ? value.length : `${name} ${value}`,
  );
  return `after operation ${operations} (${facts.join(', ')})`;
}
