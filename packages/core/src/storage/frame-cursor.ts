/** What a reader keeps of the frame that it read last. */
import { type FrameCheck, FrameView } from '../format/frame.ts';
import { Block, blockBytes } from './cached-file.ts';

const unusedBlock = new Block(new Uint8Array(0));

/** A frame that was read, with what shows whether its bytes are still the same. */
export class FrameCursor {
  readonly view = new FrameView();
  /** Where the frame begins in its partition. */
  offset = 0;
  private block: Block = unusedBlock;
  private generation = -1;
  private scratch = new Block(new Uint8Array(0));

  /** False when the bytes under `view` were reused since. */
  get isCurrent(): boolean {
    return this.block.generation === this.generation;
  }

  /**
   * Lays `view` over the frame at byte `at` of the block, `offset` of its partition, and checks it. Bytes that are not
   * an intact frame are never current.
   */
  take(block: Block, at: number, offset: number, seed: number): FrameCheck {
    const check = this.view.parse(block.bytes, block.start + at, block.start + block.length, seed, block.view);
    this.block = block;
    this.generation = check === 'whole' ? block.generation : -1;
    this.offset = offset;
    if (block.isPassing && check === 'whole') block.usedBytes += this.view.sizeBytes;
    return check;
  }

  /** The cursor's own buffer, for a frame that spans blocks; what was in it is no longer current. */
  takeScratch(sizeBytes: number): Block {
    this.scratch.generation++;
    if (this.scratch.bytes.length < sizeBytes) {
      this.scratch = new Block(new Uint8Array(Math.max(sizeBytes, blockBytes)));
    }
    return this.scratch;
  }
}
