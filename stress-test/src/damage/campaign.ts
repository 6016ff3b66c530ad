/**
 * Damages stores and has each case examined, as a reader and as a writer: every bit flipped, every file cut off everywhere, and
 * random damage of all kinds. Counts the outcomes by kind of file.
 */
import { tmpdir } from 'node:os';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { SeededRandom } from '@varve/core/testing';
import { type Effort, examineReader, examineWriter, fullEffort, inMemory } from './examine.ts';
import { kindOf } from './file-kinds.ts';
import { mutate, targetsOf } from './mutations.ts';
import { type Damage, WrongAnswer } from './oracle.ts';
import { RealFiles } from './real-files.ts';
import { recipes } from './recipes.ts';
import { makeSpecimen, type Specimen } from './specimens.ts';
import { Tally } from './tally.ts';

/** Only every n-th place in padding is damaged: padding is not looked at when it is read, so one place is as good as another. */
const paddingStep = 509;

/** Cases between two turns of the event loop, in which closed stores release their memory. */
const casesPerTurn = 100;

/** When not everything is done in each case, a writer goes on in one of this many. */
const casesPerGoingOn = 4;

export interface CampaignOptions {
  /** Which cases are done here, of those that several share: every `of`-th, from this one on. */
  readonly share: { readonly index: number; readonly of: number };
  /** Whether each case reads in all ways; otherwise in two, of which one differs from case to case. */
  readonly isThorough: boolean;
  /** Names of the specimens. @default all */
  readonly specimens?: readonly string[];
  /** Called now and then. */
  readonly onProgress?: (tally: Tally) => void;
}

interface Rounds {
  readonly first: number;
  readonly last: number;
  readonly seed: number;
}

export class Campaign {
  readonly tally = new Tally();
  private readonly specimens: readonly Specimen[];
  private readonly options: CampaignOptions;
  private cases = 0;

  private constructor(specimens: readonly Specimen[], options: CampaignOptions) {
    this.specimens = specimens;
    this.options = options;
  }

  static async prepare(options: CampaignOptions): Promise<Campaign> {
    const specimens: Specimen[] = [];
    for (const recipe of recipes) {
      if (options.specimens?.includes(recipe.name) !== false) specimens.push(await makeSpecimen(recipe));
    }
    return new Campaign(specimens, options);
  }

  /** Flips bits, one at a time: every `step`-th one of every file, from the bit `first` on. */
  async flipBits(step: number, first = 0): Promise<void> {
    for (const { specimen, path, bytes, at, number } of this.places(step, first, 8)) {
      const flipped = bytes.slice();
      flipped[at >> 3]! ^= 1 << (at & 7);
      await this.examine({ specimen, path, bytes: flipped }, 'bit', `${at & 7} of byte ${at >> 3}`, number);
    }
  }

  /** Cuts files off after every `step`-th byte, from the byte `first` on. */
  async cutFiles(step: number, first = 0): Promise<void> {
    for (const { specimen, path, bytes, at, number } of this.places(step, first, 1)) {
      await this.examine({ specimen, path, bytes: bytes.slice(0, at) }, 'cut off', `at ${at}`, number);
    }
  }

  /** Random damage, from the round `first` on; a round does the same whichever rounds came before it. */
  async fuzz(rounds: number, seed: number, first = 1): Promise<void> {
    await this.mutateAll({ first, last: first + rounds - 1, seed }, inMemory);
  }

  /** The same with files on the disk of this machine. */
  async fuzzRealFiles(rounds: number, seed: number, first = 1): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), 'varve-damage-'));
    let count = 0;
    try {
      const begin: Effort['begin'] = (...files) => new RealFiles(join(folder, String(count++ % 2)), ...files);
      await this.mutateAll({ first, last: first + rounds - 1, seed }, begin);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  private async mutateAll({ first, last, seed }: Rounds, begin: Effort['begin']): Promise<void> {
    const { index, of } = this.options.share;
    const targets = targetsOf(this.specimens);
    for (let round = first + index; round <= last; round += of) {
      const random = new SeededRandom(Math.imul(seed, 0x9e37_79b1) + round);
      const damage = mutate(targets, this.specimens, random);
      await this.examine(damage, damage.mutation, `seed ${seed}, round ${round}`, round, begin);
    }
  }

  private async examine(
    damage: Damage,
    name: string,
    which: string,
    number: number,
    begin: Effort['begin'] = inMemory,
  ): Promise<void> {
    const { specimen, path } = damage;
    this.tally.addDamage(name);
    try {
      this.judge(damage, { ...this.effortOf(damage, number), begin });
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new WrongAnswer(`${specimen.name}: ${path}, ${name}, ${which}: ${reason}`, { cause });
    }
    if (++this.cases % casesPerTurn !== 0) return;
    this.options.onProgress?.(this.tally);
    await setImmediate();
  }

  private judge(damage: Damage, effort: Effort): void {
    const { path } = damage;
    const kind = kindOf(path);
    this.tally.add(kind, 'reader', examineReader(damage, effort), path);
    this.tally.add(kind, 'writer', examineWriter(damage, effort), path);
  }

  /** Reads everything once, and in one other way: that of the damaged file if it has one, otherwise by the number of the case. */
  private effortOf({ specimen, path }: Damage, number: number): Effort {
    const full = fullEffort(specimen);
    if (this.options.isThorough) return full;
    const [all, ...others] = specimen.readings;
    const turn = Math.floor(number / this.options.share.of);
    const other = others.find(({ saved }) => saved === path) ?? others[turn % others.length]!;
    return { ...full, readings: [all!, other], goesOn: turn % casesPerGoingOn === 0 };
  }

  /** Every `step`-th unit of every file, where a byte has `perByte` units; few of them in long runs of zeros. */
  private *places(
    step: number,
    first: number,
    perByte: number,
  ): Generator<{ specimen: Specimen; path: string; bytes: Uint8Array; at: number; number: number }, undefined> {
    const { index, of } = this.options.share;
    let number = 0;
    for (const specimen of this.specimens) {
      for (const path of specimen.targets) {
        const bytes = specimen.files.get(path)!;
        let sincePadding = 0;
        for (let at = first; at < bytes.length * perByte; at += step) {
          if (isPadding(bytes, Math.floor(at / perByte)) && sincePadding++ % paddingStep !== 0) continue;
          if (number++ % of === index) yield { specimen, path, bytes, at, number };
        }
      }
    }
    return undefined;
  }
}

/** Whether there are zeros all around, as between the slots of a head and after the directory of a run. */
function isPadding(bytes: Uint8Array, at: number): boolean {
  for (let near = Math.max(0, at - 16); near < Math.min(bytes.length, at + 16); near++) {
    if (bytes[near] !== 0) return false;
  }
  return true;
}
