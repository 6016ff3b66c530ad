/** `lz4` itself builds native code when it is installed; its place is taken by the frame format of `lz4-napi`. */
import { compressFrameSync, decompressFrameSync } from 'lz4-napi';

export const lz4 = { encode: compressFrameSync, decode: decompressFrameSync };
