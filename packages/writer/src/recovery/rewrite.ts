/**
 * Writes again what the operating system has of a file, and syncs it. A failed sync may have given up the writes it was for:
 * readers still see them and later syncs succeed without them, but they are gone when the machine stops. Written again, they
 * are part of the next sync.
 */
import type { FileSystem } from '@varve/core';
import { readFully, writeFully } from '@varve/core/internal';

/** Bytes that are written at a time. */
const chunkBytes = 1_048_576;

/** Makes durable what is in the file from `offset` on. */
export function rewrite(fileSystem: FileSystem, path: string, offset: number): void {
  const file = fileSystem.open(path, 'write');
  try {
    const chunk = new Uint8Array(Math.min(chunkBytes, Math.max(0, file.sizeBytes() - offset)));
    for (let at = offset, length = chunk.length; length > 0; at += length) {
      length = readFully(file, chunk, 0, chunk.length, at);
      if (length > 0) writeFully(file, chunk, 0, length, at);
    }
    file.sync();
  } finally {
    file.close();
  }
}
