/**
 * Damage of all kinds to one file of a store, at random from a seed: bytes are changed, cut off, zeroed, doubled, swapped, or
 * inserted from elsewhere in the file, from another file, or from the same file of another store.
 */
import type { SeededRandom } from '@varve/core/testing';
import { weightOf } from './file-kinds.ts';
import type { Damage } from './oracle.ts';
import type { Specimen } from './specimens.ts';

type Mutation = (bytes: Uint8Array, random: SeededRandom, donor: Uint8Array) => Uint8Array;

/** By name, for the coverage that is printed. */
const mutations: Readonly<Record<string, Mutation>> = {
  flip: (bytes, random) => {
    const changed = bytes.slice();
    for (let left = random.between(1, 8); left > 0; left--) changed[place(bytes, random)]! ^= 1 << random.below(8);
    return changed;
  },
  cut: (bytes, random) => bytes.slice(0, place(bytes, random)),
  zero: (bytes, random) => bytes.slice().fill(0, ...range(bytes, random)),
  fill: (bytes, random) => bytes.slice().fill(255, ...range(bytes, random)),
  noise: (bytes, random) => {
    const [from, to] = range(bytes, random);
    return bytes.map((byte, at) => (at >= from && at < to ? random.below(256) : byte));
  },
  grow: (bytes, random) => joined(bytes, new Uint8Array(random.between(1, 200)).fill(random.below(2) * 255)),
  'grow by itself': (bytes, random) => joined(bytes, bytes.slice(...range(bytes, random))),
  'grow by another': (bytes, random, donor) => joined(bytes, donor.slice(...range(donor, random))),
  remove: (bytes, random) => {
    const [from, to] = range(bytes, random);
    return joined(bytes.slice(0, from), bytes.slice(to));
  },
  duplicate: (bytes, random) => {
    const [from, to] = range(bytes, random);
    return joined(bytes.slice(0, to), bytes.slice(from));
  },
  swap: (bytes, random) => {
    const [first, last] = [range(bytes, random), range(bytes, random)].sort(([left], [right]) => left - right);
    const [[a, b], [c, d]] = [first!, last!];
    if (b > c) return joined(bytes.slice(c), bytes.slice(0, c));
    const { slice } = { slice: (from: number, to?: number) => bytes.slice(from, to) };
    return joined(slice(0, a), slice(c, d), slice(b, c), slice(a, b), slice(d));
  },
  splice: (bytes, random, donor) => {
    const at = place(bytes, random);
    return joined(bytes.slice(0, at), donor.slice(Math.min(at, donor.length)));
  },
  'put in': (bytes, random, donor) => {
    const changed = bytes.slice();
    const [from, to] = range(donor, random);
    const piece = donor.subarray(from, to);
    const at = Math.min(place(bytes, random), Math.max(0, bytes.length - piece.length));
    changed.set(piece.subarray(0, bytes.length - at), at);
    return changed;
  },
  replace: (_bytes, _random, donor) => donor.slice(),
};

const mutationNames: readonly string[] = [...Object.keys(mutations), 'delete'];

export interface NamedDamage extends Damage {
  readonly mutation: string;
}

/** A file of a specimen; in a list of targets, files that are to be damaged more often occur more often. */
export interface Target {
  readonly specimen: Specimen;
  readonly path: string;
}

export function targetsOf(specimens: readonly Specimen[]): Target[] {
  return specimens.flatMap((specimen) =>
    specimen.targets.flatMap((path) => {
      const count = Math.max(1, Math.round(weightOf(path) * specimen.share));
      return Array.from({ length: count }, () => ({ specimen, path }));
    }),
  );
}

/** One of the files, damaged in one way that changes it; `others` are the stores that bytes come from, besides its own. */
export function mutate(targets: readonly Target[], others: readonly Specimen[], random: SeededRandom): NamedDamage {
  for (;;) {
    const { specimen, path } = random.pick(targets);
    const mutation = random.pick(mutationNames);
    if (mutation === 'delete') return { specimen, path, bytes: undefined, mutation };
    const original = specimen.files.get(path)!;
    const bytes = mutations[mutation]!(original, random, donorOf(specimen, path, others, random));
    if (Buffer.compare(bytes, original) !== 0) return { specimen, path, bytes, mutation };
  }
}

/** Another file of the same store, or the same file of another one. */
function donorOf(specimen: Specimen, path: string, others: readonly Specimen[], random: SeededRandom): Uint8Array {
  const same = random.pick(others).files.get(path);
  if (same !== undefined && random.chance(0.5)) return same;
  return random.pick([...specimen.files.values()]);
}

/** Nearly always where something is: most of the content of larger files is padding. */
function place(bytes: Uint8Array, random: SeededRandom): number {
  if (bytes.length === 0) return 0;
  if (random.chance(0.3)) return random.below(Math.min(bytes.length, 64));
  for (let tries = 0; tries < 8; tries++) {
    const at = random.below(bytes.length);
    if (bytes[at] !== 0) return at;
  }
  return random.below(bytes.length);
}

function range(bytes: Uint8Array, random: SeededRandom): [from: number, to: number] {
  const from = place(bytes, random);
  const length = random.chance(0.2) ? random.below(bytes.length + 1) : random.between(1, 64);
  return [from, Math.min(bytes.length, from + length)];
}

function joined(...pieces: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(pieces));
}
