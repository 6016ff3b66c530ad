/** Frames that no writer of this store wrote, but that follow the last one in every respect that a test does not change. */
import { checksumSeed, fileHeaderBytes, frameLayout, FrameView, sealFrame } from '@varve/core/internal';
import type { SimulatedDisk } from '@varve/core/testing';
import { damageStoreFile, readStoreFile } from './power-cut.ts';

/** A frame for the end of the only segment, like the last one in it; with another epoch if that is given. */
export function forgedSuccessor(disk: SimulatedDisk, change: { readonly epoch?: number }): Buffer {
  const { id } = JSON.parse(readStoreFile(disk, '/store.json').toString()) as { id: string };
  const seed = checksumSeed(id);
  const segment = readStoreFile(disk, '.seg');
  const last = new FrameView();
  for (let at = fileHeaderBytes; at < segment.length; at = last.end) last.parse(segment, at, segment.length, seed);
  const frame = Buffer.from(segment.subarray(last.start, last.end));
  frame.writeUInt32LE(last.checksum, frameLayout.previous);
  frame.writeUInt32LE(change.epoch ?? last.epoch, frameLayout.epoch);
  frame.writeUIntLE(last.lastPosition + 1, frameLayout.position, 6);
  sealFrame(frame, 0, frame.length, seed);
  return frame;
}

/** Changes frames of a segment, and makes them whole again: each gets a valid checksum, and that of the frame before it. */
export function forgeFrames(disk: SimulatedDisk, name: string, change: (frame: Buffer, number: number) => void): void {
  const { id } = JSON.parse(readStoreFile(disk, '/store.json').toString()) as { id: string };
  const seed = checksumSeed(id);
  damageStoreFile(disk, name, (segment) => {
    let previous = segment.readUInt32LE(fileHeaderBytes + frameLayout.previous);
    for (let at = fileHeaderBytes, number = 0; at < segment.length; number++) {
      const frame = segment.subarray(at, at + segment.readUInt32LE(at + frameLayout.length));
      change(frame, number);
      frame.writeUInt32LE(previous, frameLayout.previous);
      previous = sealFrame(frame, 0, frame.length, seed);
      at += frame.length;
    }
    return segment;
  });
}
