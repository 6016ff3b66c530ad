/**
 * Cuts the power at every operation of a recorded run, in every way that `crashStates` knows, and checks each disk that
 * results. Equal disks are checked once.
 */
import { createHash } from 'node:crypto';
import { crashStates, type Medium, replay, SeededRandom } from '@varve/core/testing';
import { checkCrashesOfRecovery, checkGoingOn, checkRecoveringAgain, checkRecovery } from './crash-check.ts';
import type { Mark, RecordedRun } from './recorded-run.ts';

export interface Exploration {
  readonly seed: number;
  /** Random states at each operation, beside the systematic ones. */
  readonly randomStates: number;
  /** Of how many disks one is also recovered twice, written to, and cut off while it recovers. */
  readonly deepEvery: number;
}

export class CrashCounts {
  states = 0;
  distinct = 0;
  refused = 0;
  duringRecovery = 0;

  toString(): string {
    const { states, distinct, refused, duringRecovery } = this;
    return `${states} states (${distinct} distinct, ${refused} refused) and ${duringRecovery} during recovery`;
  }
}

export async function explore(run: RecordedRun, exploration: Exploration, counts: CrashCounts): Promise<void> {
  const { seed, randomStates } = exploration;
  const random = new SeededRandom(seed);
  const seen = new Set<string>();
  let operations = 0;
  for (const medium of replay(run.start, run.disk.operations)) {
    const mark = run.markAt(operations);
    for (const { medium: state, description } of crashStates(medium, { random, randomStates })) {
      counts.states++;
      const identity = identityOf(state, mark);
      if (seen.has(identity)) continue;
      seen.add(identity);
      const isDeep = counts.distinct++ % exploration.deepEvery === 0;
      try {
        await check(state, mark, { run, counts, isDeep });
      } catch (error) {
        throw new Error(`Seed ${seed}, ${describe(run, operations)}, ${description}: ${String(error)}`, {
          cause: error,
        });
      }
    }
    operations++;
  }
}

async function check(
  state: Medium,
  mark: Mark,
  { run, counts, isDeep }: { readonly run: RecordedRun; readonly counts: CrashCounts; readonly isDeep: boolean },
): Promise<void> {
  const { options } = run;
  const asFound = isDeep ? state.copy() : state;
  const recovered = checkRecovery(state, mark, options);
  if (recovered.wasRefused) counts.refused++;
  if (!isDeep) return;
  counts.duringRecovery += checkCrashesOfRecovery(asFound, mark, options);
  checkRecoveringAgain(recovered, mark, options);
  await checkGoingOn(recovered, mark, options);
}

/** Two disks with the same identity hold the same bytes, and the same is expected of them. */
function identityOf(medium: Medium, mark: Mark): string {
  const hash = createHash('sha1').update(`${mark.durableCommits}/${mark.epoch}`);
  for (const [path, file] of medium.files()) hash.update(`\n${path}\n${file.sizeBytes}\n`).update(file.bytes);
  return hash.digest('base64');
}

function describe(run: RecordedRun, operations: number): string {
  const last = run.disk.operations[operations - 1];
  if (last === undefined) return 'before the first operation';
  const facts = Object.entries(last).map(([name, value]) =>
    value instanceof Uint8Array ? value.length : `${name} ${value}`,
  );
  return `after operation ${operations} (${facts.join(', ')})`;
}
