/** Whether the last writer closed the store, and the files still end where it said. */
import { FrameCursor, type Head } from '@varve/core/internal';
import type { RecoveryFiles } from './recovery-files.ts';

/** The time of the last commit (0 in an empty store), or undefined when the files are not in order. */
export function isInOrder(files: RecoveryFiles, head: Head): { readonly clockUs: number } | undefined {
  const { catalog, positions, context } = files;
  const isAsLeft =
    head.clean && head.catalogBytes === catalog.sizeBytes && head.visible === positions.countConsecutive();
  if (!isAsLeft) return undefined;
  if (head.visible === 0) return { clockUs: 0 };
  const cursor = new FrameCursor();
  const location = { partitionId: 0, offset: 0 };
  if (!files.readCommitEndingAt(head.visible, cursor, location)) return undefined;
  const segment = files.partition(location.partitionId)?.segmentList.at(-1);
  if (segment === undefined) return undefined;
  const sizeBytes = context.fileSystem.stat(segment.file.path)?.sizeBytes ?? 0;
  const isAtEnd = segment.baseOffset + sizeBytes === location.offset + cursor.view.sizeBytes;
  return isAtEnd ? { clockUs: cursor.view.clockUs } : undefined;
}
