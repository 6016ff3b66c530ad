/**
 * The links of a frame: which derived indexes its events belong to. For each event of the frame, a count and that many
 * index ids, all of them varints. Layout: docs/format.md, "Links".
 */
import { VarintReader, varintLength, writeVarint } from './bytes.ts';

/** The highest id of a stream or derived index. */
export const maxIndexId = 2 ** 32 - 1;

/** The links of a frame whose events belong to no derived index. */
export const noLinks = new Uint8Array(0);

/** Encodes links: `indexIds[k]` belongs to the k-th event of the frame. */
export function encodeLinks(indexIds: readonly (readonly number[])[]): Uint8Array {
  if (indexIds.every((ids) => ids.length === 0)) return noLinks;
  let length = 0;
  for (const ids of indexIds) {
    length += varintLength(ids.length);
    for (const id of ids) length += varintLength(id);
  }
  const links = new Uint8Array(length);
  let offset = 0;
  for (const ids of indexIds) {
    offset = writeVarint(links, offset, ids.length);
    for (const id of ids) offset = writeVarint(links, offset, id);
  }
  return links;
}

/** The buffers of `encodeOnlyLink` by length. They are reused, because allocating one would take longer than filling it. */
const onlyLinks = Array.from({ length: 1 + varintLength(maxIndexId) + 1 }, (_, length) => new Uint8Array(length));

/** The links of one event that belongs to one index, as most events with links do; valid until the next call. */
export function encodeOnlyLink(id: number): Uint8Array {
  const links = onlyLinks[1 + varintLength(id)]!;
  links[0] = 1;
  writeVarint(links, 1, id);
  return links;
}

const varints = new VarintReader();

/**
 * Whether `bytes[start..end)` are exactly the links of that many events. Calls `visit`, if given, for each event
 * (0-based) and each index that it belongs to.
 */
export function readLinks(
  bytes: Uint8Array,
  range: { readonly start: number; readonly end: number },
  count: number,
  visit?: (event: number, indexId: number) => void,
): boolean {
  const { end } = range;
  varints.at = range.start;
  for (let event = 0; event < count; event++) {
    const idCount = varints.read(bytes);
    // Each id takes at least one byte. A varint that does not end gives NaN, for which the comparison is false too.
    if (!(idCount <= end - varints.at)) return false;
    for (let left = idCount; left > 0; left--) {
      const id = varints.read(bytes);
      if (!(id <= maxIndexId)) return false;
      visit?.(event, id);
    }
  }
  return varints.at === end;
}
