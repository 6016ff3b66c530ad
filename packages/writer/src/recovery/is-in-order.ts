/** Whether the last writer closed the store, and the files still end where it said. */
import { FrameCursor, type Head } from '@varve/core/internal';
import type { RecoveryFiles } from './recovery-files.ts';

export function isInOrder(files: RecoveryFiles, head: Head): boolean {
  const { catalog, positions, context } = files;
  const isAsLeft = head.clean && head.catalogBytes === catalog.sizeBytes && head.visible === positions.countEntries();
  if (!isAsLeft || head.visible === 0) return isAsLeft;
  const cursor = new FrameCursor();
  const location = { partitionId: 0, offset: 0 };
  if (!files.readFrameEndingAt(head.visible, cursor, location)) return false;
  const segment = files.partition(location.partitionId)?.segmentList.at(-1);
  if (segment === undefined) return false;
  const sizeBytes = context.fileSystem.stat(segment.file.path)?.sizeBytes ?? 0;
  return segment.baseOffset + sizeBytes === location.offset + cursor.view.sizeBytes;
}
