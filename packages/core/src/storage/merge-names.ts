/** Merges the streams of a name index with later ones, into the arrays of the next index. */
import { hashName, type NameIndexContents } from '../format/name-index.ts';
import type { NamedEntry } from './readable-catalog.ts';

type NameArrays = Pick<NameIndexContents, 'hashes' | 'hashIds' | 'ids' | 'offsetsLow' | 'offsetsHigh'>;

const twoTo32 = 0x1_0000_0000;
/** Hash and place in one number: 32 bits and 20 bits are exact in a double, and doubles are sorted natively. */
const placesPerSort = 2 ** 20;

export function mergeNames(
  index: NameArrays | undefined,
  recent: readonly NamedEntry[],
  offsets: readonly number[],
): NameArrays {
  let merged = index ?? emptyNames();
  for (let start = 0; start < recent.length; start += placesPerSort) {
    const end = start + placesPerSort;
    merged = mergeChunk(merged, recent.slice(start, end), offsets.slice(start, end));
  }
  return merged;
}

function mergeChunk(index: NameArrays, recent: readonly NamedEntry[], offsets: readonly number[]): NameArrays {
  // Ids are assigned in ascending order, so later streams come after all earlier ones.
  const ids = append(
    index.ids,
    recent.map((entry) => entry.id),
  );
  const offsetsLow = append(
    index.offsetsLow,
    offsets.map((offset) => offset % twoTo32),
  );
  const offsetsHigh = append(
    index.offsetsHigh,
    offsets.map((offset) => Math.floor(offset / twoTo32)),
  );
  const sorted = Float64Array.from(recent, ({ name }, place) => hashName(name) * placesPerSort + place).sort();
  const count = index.hashes.length + sorted.length;
  const hashes = new Uint32Array(count);
  const hashIds = new Uint32Array(count);
  let [old, fresh] = [0, 0];
  for (let slot = 0; slot < count; slot++) {
    const freshHash = fresh < sorted.length ? Math.floor(sorted[fresh]! / placesPerSort) : Infinity;
    if (old < index.hashes.length && index.hashes[old]! <= freshHash) {
      hashes[slot] = index.hashes[old]!;
      hashIds[slot] = index.hashIds[old++]!;
    } else {
      hashes[slot] = freshHash;
      hashIds[slot] = recent[sorted[fresh++]! % placesPerSort]!.id;
    }
  }
  return { hashes, hashIds, ids, offsetsLow, offsetsHigh };
}

function emptyNames(): NameArrays {
  const none = new Uint32Array(0);
  return { hashes: none, hashIds: none, ids: none, offsetsLow: none, offsetsHigh: none };
}

function append(numbers: Uint32Array, more: readonly number[]): Uint32Array {
  const longer = new Uint32Array(numbers.length + more.length);
  longer.set(numbers);
  longer.set(more, numbers.length);
  return longer;
}
