import { describe, expect, it } from 'vitest';
import { SourceFile } from '../source-file.ts';
import { byteAccess } from './byte-access.ts';

function foundIn(text: string, path = 'packages/core/src/storage/segment.ts'): string[] {
  return byteAccess(new SourceFile(path, text)).map((finding) => finding.found);
}

describe('byte access', () => {
  it.each([
    ['buffer.readUInt32LE(4);', 'readUInt32LE'],
    ['buffer.readUint32LE(4);', 'readUint32LE'],
    ['buffer.writeBigUInt64BE(1n, 0);', 'writeBigUInt64BE'],
    ['buffer.readIntBE(0, 6);', 'readIntBE'],
    ['buffer.writeDoubleLE(1.5, 0);', 'writeDoubleLE'],
    ['view.getFloat64(0, true);', 'getFloat64'],
    ['readU48(bytes, 18);', 'readU48'],
    ['new DataView(bytes.buffer);', 'DataView'],
    ['new Uint32Array(bytes.buffer, 0, 4);', 'Uint32Array'],
    ['const n = bytes[0]! | (bytes[1]! << 8);', '<<'],
  ])('finds %s', (text, name) => {
    expect(foundIn(text)).toEqual([expect.stringContaining(name)]);
  });

  it.each([
    'new Uint32Array(1024);',
    'new Uint32Array([1, 2]);',
    'bytes.subarray(4, 8);',
    'stream.write(chunk);',
    'reader.read();',
    'const half = count >>> 1;',
    'new Uint8Array(bytes.buffer, 4, 8);',
  ])('lets %s pass', (text) => {
    expect(foundIn(text)).toEqual([]);
  });

  it.each([
    'packages/core/src/format/frame.ts',
    'packages/core/src/storage/segment.test.ts',
    'packages/writer/test/torn.int.test.ts',
    'bench/src/main.ts',
  ])('lets %s do it', (path) => {
    expect(foundIn('buffer.readUInt32LE(4);', path)).toEqual([]);
  });

  it('says where it is', () => {
    const file = new SourceFile('packages/writer/src/commit.ts', '\n\nbuffer.readUInt32LE(4);\n');
    expect(byteAccess(file)).toMatchObject([{ path: 'packages/writer/src/commit.ts', line: 3 }]);
  });
});
