/** What a file was at some moment, in a form that can be sent and compared. */
import { createHash } from 'node:crypto';
import { nodeFileSystem } from '@varve/core';
import { readWholeFile } from '@varve/core/internal';

/** By path: the hash of the file's contents. */
export type FileHashes = Readonly<Record<string, string>>;

/** Stands for the contents of a file that is not there, or cannot be read. */
export const noFile = '';

export function hashOfFile(path: string): string {
  try {
    const bytes = readWholeFile(nodeFileSystem, path);
    return bytes === undefined ? noFile : createHash('sha256').update(bytes).digest('hex');
  } catch {
    return noFile;
  }
}
