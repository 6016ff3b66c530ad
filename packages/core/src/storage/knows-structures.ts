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

/** Decodes what is in the frame. Only the codec with structures needs any; the others have their keys along. */
export function knowsStructures({
  description,
  directory,
  structures,
}: KnownStructures): (frame: FrameView) => boolean {
  if (description.codec !== 'msgpackr') return () => true;
  const registry = { load: structures, add: () => undefined };
  const codec = createCodec(description.codec, undefined, registry, directory);
  const compressor = createCompressor(description.compression, directory);
  return (frame) => {
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
}
