/** Reads from its frames what an earlier commit returned. */
import type { CommitPart } from '../commit.ts';
import { type EventReader, toPosition, toStreamVersion } from '@varve/core/internal';

export interface EarlierCommit {
  readonly epoch: number;
  readonly position: number;
  readonly size: number;
  readonly clockUs: number;
  readonly parts: readonly CommitPart[];
}

/** The commit whose first event is at `position`. */
export function readEarlierCommit(reader: EventReader, position: number): EarlierCommit {
  reader.find(position);
  const { epoch, commitSize: size, clockUs } = reader.frame;
  const parts = new Map<string, CommitPart>();
  for (let at = position; at < position + size; at = reader.frame.lastPosition + 1) {
    reader.find(at);
    const { streamVersion, count } = reader.frame;
    const stream = reader.stream();
    const before = parts.get(stream);
    parts.set(stream, {
      stream,
      position: before?.position ?? toPosition(at),
      version: toStreamVersion(streamVersion + count - 1),
      size: (before?.size ?? 0) + count,
    });
  }
  return { epoch, position, size, clockUs, parts: [...parts.values()] };
}
