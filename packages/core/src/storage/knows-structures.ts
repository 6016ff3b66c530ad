/**
 * Whether a catalog has the structures that a frame needs, where it may lack some: those that it lacks would get another meaning
 * with the next ones that are added, and the frame's events other keys.
 */
import { createCodec } from '../codec/codec.ts';
import { createCompressor } from '../codec/compressor.ts';
import type { FrameView } from '../format/frame.ts';
import type { StoreDescription } from '../format/store-file.ts';

export interface KnownStructures {
  readonly description: StoreDescription;
  readonly directory: string;
  readonly structures: () => readonly (readonly string[])[];
}

/**
 * Decodes what is in the frame. Only the codec with structures needs any; the others have their keys along. What cannot be
 * decoded for another reason, such as an extension of msgpackr that this program does not have, lacks nothing of the catalog.
 */
export function knowsStructures({
  description,
  directory,
  structures,
}: KnownStructures): (frame: FrameView) => boolean {
  if (description.codec !== 'msgpackr') return () => true;
  let looks = 0;
  const load = (): readonly (readonly string[])[] => {
    looks++;
    return structures();
  };
  const codec = createCodec(description.codec, undefined, { load, add: () => undefined }, directory);
  const compressor = createCompressor(description.compression, directory);
  const canDecode = (frame: FrameView): boolean => {
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
  };
  return (frame) => {
    if (canDecode(frame)) return true;
    // By now the codec has all structures that there are. It looks for more only where the frame has one that is not there.
    const before = looks;
    return canDecode(frame) || looks === before;
  };
}
