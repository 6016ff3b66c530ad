/**
 * Power cuts on every file system that this machine has: runs of writers, each cut at several moments; some runs continue from
 * such a cut.
 */
import fs from 'node:fs';
import { SeededRandom } from '@varve/core/testing';
import { cleanUp, type FileSystemKind, fileSystemKinds, isKnown, makeFileSystem } from './file-systems.ts';
import { type Believed, PoweredRun } from './powered-run.ts';

/** Moments at which one run is cut. */
const cutsPerRun = 10;
/** Where images are: in memory, because only the order of the writes matters. */
const imageDirectory = fs.existsSync('/dev/shm') ? '/dev/shm' : '/tmp';
const prefix = 'varve-power-cuts-';

export interface PowerCutResult {
  readonly fileSystem: string;
  readonly cuts: number;
  readonly runs: number;
  /** Calls that reached the disks. */
  readonly calls: number;
  readonly events: number;
  readonly problems: readonly string[];
}

/** The kinds that this kernel supports. */
export function knownKinds(): readonly FileSystemKind[] {
  return fileSystemKinds.filter(isKnown);
}

/** Makes `cuts` power cuts on one file system, and checks each; ends early when a check finds something. */
export async function cutPower(
  kind: FileSystemKind,
  cuts: number,
  seed: number,
  believed: Believed = 'durable',
): Promise<PowerCutResult> {
  removeLeftovers();
  const random = new SeededRandom(seed);
  const directory = fs.mkdtempSync(`${imageDirectory}/${prefix}${process.pid}-`);
  const problems: string[] = [];
  let [done, runs, calls, events] = [0, 0, 0, 0];
  let storeSeed = 0;
  try {
    while (done < cuts && problems.length === 0) {
      // Half of the runs continue where the run before was cut: a recovered store is cut again.
      const isNew = runs === 0 || random.chance(0.5);
      if (isNew) {
        makeFileSystem(kind, `${directory}/base.img`);
        storeSeed = random.below(1_000_000);
      } else {
        PoweredRun.keepState(directory);
      }
      const run = new PoweredRun({ directory, kind, seed: storeSeed, random, believed, isNew });
      calls += await run.record();
      runs++;
      for (let count = Math.min(cutsPerRun, cuts - done); count > 0; count--) {
        const result = await run.cut();
        done++;
        events += result.recovered;
        const where = `${kind.name}, seed ${seed}, run ${runs}, call ${result.cut.at}, ${result.cut.survival}`;
        problems.push(...result.problems.map((problem) => `${where}: ${problem}`));
      }
    }
  } finally {
    cleanUp(directory);
  }
  return { fileSystem: kind.name, cuts: done, runs, calls, events, problems };
}

/** Removes the directories of processes that are gone. */
function removeLeftovers(): void {
  for (const name of fs.readdirSync(imageDirectory).filter((each) => each.startsWith(prefix))) {
    const owner = Number(name.slice(prefix.length).split('-')[0]);
    if (!fs.existsSync(`/proc/${owner}`)) cleanUp(`${imageDirectory}/${name}`);
  }
}
