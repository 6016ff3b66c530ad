/** Reads a range of a file, which may span blocks, through the block cache. */
import type { BlockCache } from './block-cache.ts';
import { blockBytes, type CachedFile } from './cached-file.ts';

/** The most bytes that are read at once; longer things are not read this way. */
const maxRangeBytes = 1_048_576;

/** Up to `length` bytes from `offset` on; fewer when the file ends before. */
export function readRange(cache: BlockCache, file: CachedFile, offset: number, length: number): Uint8Array {
  const wanted = Math.min(length, maxRangeBytes);
  const pieces: Uint8Array[] = [];
  let total = 0;
  while (total < wanted) {
    const at = offset + total;
    const index = Math.floor(at / blockBytes);
    const inBlock = at - index * blockBytes;
    const end = Math.min(blockBytes, inBlock + wanted - total);
    const block = cache.read(file, index, end);
    // A copy, which the slice of a Buffer is not: the next block may reuse the memory of this one.
    const pieceEnd = Math.max(inBlock, Math.min(end, block.length));
    const piece = new Uint8Array(block.bytes.subarray(block.start + inBlock, block.start + pieceEnd));
    if (piece.length === 0) break;
    pieces.push(piece);
    total += piece.length;
  }
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
}

/**
 * Copies `length` bytes from `offset` on to the start of `target`, or fewer when the file ends before; returns how many.
 */
export function copyRange(
  cache: BlockCache,
  file: CachedFile,
  range: { readonly offset: number; readonly length: number },
  target: Uint8Array,
): number {
  const { offset, length } = range;
  let total = 0;
  while (total < length) {
    const at = offset + total;
    const index = Math.floor(at / blockBytes);
    const inBlock = at - index * blockBytes;
    const wanted = Math.min(blockBytes, inBlock + length - total);
    const block = cache.read(file, index, wanted);
    const end = Math.min(wanted, block.length);
    if (end <= inBlock) break;
    target.set(block.bytes.subarray(block.start + inBlock, block.start + end), total);
    if (block.isPassing) block.usedBytes += end - inBlock;
    total += end - inBlock;
  }
  return total;
}
