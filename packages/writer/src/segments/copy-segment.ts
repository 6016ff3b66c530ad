/** Copies a segment to an archive, which may be on another file system: the copy is whole and durable before it has its name. */
import type { FileSystem } from '@varve/core';
import { readFully, temporarySuffix, writeFully } from '@varve/core/internal';
import type { Pause } from './closed-segments.ts';

/** Bytes that are copied before other work of the process gets a turn. */
const bytesPerTurn = 4_194_304;

export interface SegmentCopy {
  readonly source: string;
  readonly target: string;
  readonly sizeBytes: number;
}

/** Copies the first `sizeBytes` of the source; the caller syncs the target's directory. */
export async function copySegment(fileSystem: FileSystem, copy: SegmentCopy, pause: Pause): Promise<void> {
  const temporaryPath = copy.target + temporarySuffix;
  try {
    await copyBytes(fileSystem, { ...copy, target: temporaryPath }, pause);
  } catch (error) {
    // A partial copy is useless, and takes room that others may need.
    fileSystem.remove(temporaryPath);
    throw error;
  }
  fileSystem.rename(temporaryPath, copy.target);
}

async function copyBytes(fileSystem: FileSystem, copy: SegmentCopy, pause: Pause): Promise<void> {
  const { source, target, sizeBytes } = copy;
  const from = fileSystem.open(source, 'read');
  try {
    const to = fileSystem.open(target, 'create');
    try {
      to.truncate(0);
      const chunk = new Uint8Array(Math.min(bytesPerTurn, sizeBytes));
      for (let at = 0; at < sizeBytes; at += chunk.length) {
        const length = Math.min(chunk.length, sizeBytes - at);
        const count = readFully(from, chunk, 0, length, at);
        if (count < length) throw Object.assign(new Error(`${source} became shorter`), { code: 'EIO' });
        writeFully(to, chunk, 0, length, at);
        await pause();
      }
      to.sync();
    } finally {
      to.close();
    }
  } finally {
    from.close();
  }
}
