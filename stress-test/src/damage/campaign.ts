/**
 * Damages stores and has each case examined, as a reader and as a writer: every bit turned over, every file cut off
 * everywhere, and all kinds of damage by chance. Counts what came of it, by kind of file.
 */
import { setImmediate } from 'node:timers/promises';
import { SeededRandom } from '@varve/core/testing';
import { type Damage, examineReader, examineWriter, kindOf, WrongAnswer } from './examine.ts';
import { mutate } from './mutations.ts';
import { recipes } from './recipes.ts';
import { makeSpecimen, type Specimen } from './specimens.ts';
import { Tally } from './tally.ts';

/** Between two bytes of padding that are damaged: it is not looked at when it is read, so that one is as good as another. */
const paddingStep = 509;

/** Cases between two turns of the event loop, in which stores that were closed let go of their memory. */
const casesPerTurn = 100;

export class Campaign {
  readonly tally = new Tally();
  private readonly specimens: readonly Specimen[];
  private readonly onProgress: (tally: Tally) => void;
  private cases = 0;

  private constructor(specimens: readonly Specimen[], onProgress: (tally: Tally) => void) {
    this.specimens = specimens;
    this.onProgress = onProgress;
  }

  /** `onProgress` is called now and then. */
  static async prepare(onProgress: (tally: Tally) => void = () => undefined): Promise<Campaign> {
    const specimens: Specimen[] = [];
    for (const recipe of recipes) specimens.push(await makeSpecimen(recipe));
    return new Campaign(specimens, onProgress);
  }

  /** Turns bits over, one at a time: each `step`-th one of every file, from the bit `first` on. */
  async flipBits(step: number, first = 0): Promise<void> {
    for (const { specimen, path, bytes, at } of this.places(step, first, 8)) {
      const flipped = bytes.slice();
      flipped[at >> 3]! ^= 1 << (at & 7);
      await this.examine(damaged(specimen, path, flipped), `bit ${at & 7} of byte ${at >> 3}`);
    }
  }

  /** Cuts files off: after each `step`-th byte. */
  async cutFiles(step: number, first = 0): Promise<void> {
    for (const { specimen, path, bytes, at } of this.places(step, first, 1)) {
      await this.examine(damaged(specimen, path, bytes.slice(0, at)), `cut off at ${at}`);
    }
  }

  /** Damages by chance. Each case reads in all ways that there are, or, for more cases, in three of them. */
  async fuzz(rounds: number, seed: number, readsAll = false): Promise<void> {
    const random = new SeededRandom(seed);
    for (let round = 1; round <= rounds; round++) {
      const specimen = random.pick(this.specimens);
      const damage = mutate(specimen, this.specimens, random);
      const [all] = specimen.readings;
      const some = [all!, random.pick(specimen.readings), random.pick(specimen.readings)];
      this.tally.addMutation(damage.mutation);
      await this.examine(damage, `${damage.mutation}, seed ${seed}, round ${round}`, readsAll ? undefined : some);
    }
  }

  private async examine(damage: Damage, what: string, readings = damage.specimen.readings): Promise<void> {
    const kind = kindOf(damage.path);
    try {
      this.tally.add(kind, 'reader', examineReader(damage, readings), damage.path);
      this.tally.add(kind, 'writer', examineWriter(damage, readings), damage.path);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new WrongAnswer(`${damage.specimen.name}: ${damage.path}, ${what}: ${reason}`, { cause });
    }
    if (++this.cases % casesPerTurn !== 0) return;
    this.onProgress(this.tally);
    await setImmediate();
  }

  /** Each `step`-th unit of every file, `perByte` of which are in a byte; few in long runs of zeros. */
  private *places(
    step: number,
    first: number,
    perByte: number,
  ): Generator<{ specimen: Specimen; path: string; bytes: Uint8Array; at: number }, undefined> {
    for (const specimen of this.specimens) {
      for (const [path, bytes] of specimen.files) {
        let sincePadding = 0;
        for (let at = first; at < bytes.length * perByte; at += step) {
          const byte = Math.floor(at / perByte);
          if (isPadding(bytes, byte) && sincePadding++ % paddingStep !== 0) continue;
          yield { specimen, path, bytes, at };
        }
      }
    }
    return undefined;
  }
}

/** Whether there are zeros all around, as between the slots of a head and behind the directory of a run. */
function isPadding(bytes: Uint8Array, at: number): boolean {
  for (let near = Math.max(0, at - 16); near < Math.min(bytes.length, at + 16); near++) {
    if (bytes[near] !== 0) return false;
  }
  return true;
}

function damaged(specimen: Specimen, path: string, bytes: Uint8Array): Damage {
  return { specimen, path, files: new Map(specimen.files).set(path, bytes) };
}
