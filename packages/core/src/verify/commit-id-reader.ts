/** Finds the id that a caller gave to the commit of a frame. */
import { type Codec, createCodec } from '../codec/codec.ts';
import { type Compressor, createCompressor } from '../codec/compressor.ts';
import { type CommitIdHash, hashCommitId } from '../format/commit-id-run.ts';
import type { FrameCursor } from '../storage/frame-cursor.ts';
import type { CheckedStore } from './checked-store.ts';

export class CommitIdReader {
  private readonly codec: Codec | undefined;
  private readonly compressor: Compressor | undefined;
  private readonly prefix: string;

  constructor({ description, directory, structures }: CheckedStore) {
    const registry = { load: () => structures, add: () => undefined };
    // A custom serializer is code, which is neither stored nor passed to a thread: its ids are left out on both sides.
    this.codec =
      description.codec === 'custom' ? undefined : createCodec(description.codec, undefined, registry, directory);
    this.compressor = createCompressor(description.compression, directory);
    this.prefix = `${description.id.slice(0, 12)}-`;
  }

  /** Whether ids can be read at all. */
  static canRead({ description }: CheckedStore): boolean {
    return description.codec !== 'custom';
  }

  /** The hash of the id; undefined when the store assigned the id itself, and when it cannot be read. */
  hashOf({ view }: FrameCursor): CommitIdHash | undefined {
    if (this.codec === undefined) return undefined;
    try {
      if (view.isCompressed) view.takeBody(this.compressor!.decompress(view.compressedBody, view.bodyEnd));
      const metadata = this.codec.decode(view.body, view.metadataStart, view.metadataEnd) as { commitId?: unknown };
      const { commitId } = metadata;
      const own = `${this.prefix}${view.epoch}-${view.commitPosition}`;
      return typeof commitId === 'string' && commitId !== own ? hashCommitId(commitId) : undefined;
    } catch {
      // An id that cannot be decoded shows when the sums are compared.
      return undefined;
    }
  }
}
