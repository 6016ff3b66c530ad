/** Where a frame is, and the block of the cache that holds its beginning, if one does. */
import type { Block } from './cached-file.ts';
import type { FrameLocation } from './readable-position-index.ts';

export interface CachedFrame extends FrameLocation {
  block: Block | undefined;
  /** Where the frame begins in the bytes of the block. */
  at: number;
}

/** An empty one, to be filled in. */
export function newCachedFrame(): CachedFrame {
  return { partitionId: 0, offset: 0, block: undefined, at: 0 };
}
