import { statSync } from 'node:fs';
import { filesBelow } from './files-below.ts';

export interface DirectorySize {
  /** The sum of the lengths of all files below the directory. */
  readonly lengthBytes: number;
  /** What the file system has allocated for them: whole blocks, and nothing for holes. */
  readonly allocatedBytes: number;
}

/** The unit of `Stats.blocks`, whatever the file system's own block size is. */
const STAT_BLOCK_BYTES = 512;

export function directorySize(directory: string): DirectorySize {
  let lengthBytes = 0;
  let allocatedBytes = 0;
  for (const path of filesBelow(directory)) {
    const stats = statSync(path);
    lengthBytes += stats.size;
    allocatedBytes += stats.blocks * STAT_BLOCK_BYTES;
  }
  return { lengthBytes, allocatedBytes };
}
