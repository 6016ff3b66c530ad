/** The contents of files at some moment, in a form that can be sent and compared. */
import { createHash } from 'node:crypto';
import { nodeFileSystem } from '@varve/core';
import { readWholeFile } from '@varve/core/internal';

/** The hash of each file's contents, by path. */
export type FileHashes = Readonly<Record<string, string>>;

/** The hash of a file that does not exist or cannot be read. */
export const noFile = '';

export function hashOfFile(path: string): string {
  try {
    const bytes = readWholeFile(nodeFileSystem, path);
    return bytes === undefined ? noFile : createHash('sha256').update(bytes).digest('hex');
  } catch {
    return noFile;
  }
}
