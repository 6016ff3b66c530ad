/**
 * Whether a catalog, which may lack some structures, has those that a frame needs: the ids of missing ones would go to the next
 * ones that are added, and the frame's events would get other keys.
 */
import { type Codec, createCodec } from '../codec/codec.ts';
import { type Compressor, createCompressor } from '../codec/compressor.ts';
import type { FrameView } from '../format/frame.ts';
import type { StoreDescription } from '../format/store-file.ts';

export interface KnownStructures {
  readonly description: StoreDescription;
  readonly directory: string;
  readonly structures: () => readonly (readonly string[])[];
}

/**
 * Decodes the contents of the frame. Only the codec with structures needs any; with the others, the bytes include the keys.
 * When something cannot be decoded for another reason, such as an extension of msgpackr that this program does not have,
 * nothing is missing from the catalog.
 */
export function knowsStructures(known: KnownStructures): (frame: FrameView) => boolean {
  if (known.description.codec !== 'msgpackr') return () => true;
  // Created for the first frame that is checked: most stores are opened without one.
  let check: StructureCheck | undefined;
  return (frame) => (check ??= new StructureCheck(known)).isPassedBy(frame);
}

class StructureCheck {
  private readonly codec: Codec;
  private readonly compressor: Compressor | undefined;
  /** Number of times that the codec looked for structures. */
  private looks = 0;

  constructor({ description, directory, structures }: KnownStructures) {
    const load = (): readonly (readonly string[])[] => {
      this.looks++;
      return structures();
    };
    this.codec = createCodec(description.codec, undefined, { load, add: () => undefined }, directory);
    this.compressor = createCompressor(description.compression, directory);
  }

  isPassedBy(frame: FrameView): boolean {
    if (this.canDecode(frame)) return true;
    // By now the codec has all structures that exist. It looks for more only when the frame refers to one that does not.
    const { looks } = this;
    return this.canDecode(frame) || looks === this.looks;
  }

  private canDecode(frame: FrameView): boolean {
    const { codec, compressor } = this;
    try {
      if (frame.isCompressed) frame.takeBody(compressor!.decompress(frame.compressedBody, frame.bodyEnd));
      if (frame.metadataStart < frame.metadataEnd) codec.decode(frame.body, frame.metadataStart, frame.metadataEnd);
      for (let event = 0; event < frame.count; event++) {
        codec.decode(frame.body, frame.payloadStart(event), frame.payloadEnd(event));
      }
      return true;
    } catch {
      return false;
    }
  }
}
