import { zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { RandomBytes, testSeed } from '../../test/random-bytes.ts';
import { maxUncompressedBytes } from '../format/frame-layout.ts';
import { compressionAlgorithms, type Compressor, createCompressor } from './compressor.ts';
import { encodeDictionary, maxDictionaryBytes } from './dictionary.ts';

const order = { type: 'OrderPlaced', orderId: 'order-4711', currency: 'EUR', city: 'Hamburg', country: 'DE' };
const event = Buffer.from(JSON.stringify({ ...order, orderId: 'order-4712' }));
const events = Buffer.concat(Array.from({ length: 100 }, () => event));

function compressorOf(algorithm: string, dictionary: Uint8Array = new Uint8Array(0)): Compressor {
  return createCompressor({ algorithm, dictionary }, '/store')!;
}

describe.each(compressionAlgorithms)('%s', (algorithm) => {
  const plain = compressorOf(algorithm);
  const primed = compressorOf(algorithm, encodeDictionary([order], 'json'));

  it.each([
    ['without a dictionary', plain],
    ['with one', primed],
  ])('gives back what it was given, %s', (_, compressor) => {
    const packed = compressor.compress(events)!;
    expect(packed.length).toBeLessThan(events.length / 5);
    expect(Buffer.from(compressor.decompress(packed, events.length))).toEqual(events);
  });

  it('makes a single event smaller with a dictionary', () => {
    expect(plain.compress(event)).toBeUndefined();
    const packed = primed.compress(event)!;
    expect(packed.length).toBeLessThan(event.length / 2);
    expect(Buffer.from(primed.decompress(packed, event.length))).toEqual(event);
  });

  it('leaves alone what would not become smaller, or would be too large to read', () => {
    const random = new RandomBytes(testSeed);
    expect(plain.compress(random.bytes(1000))).toBeUndefined();
    expect(plain.compress(Buffer.alloc(maxUncompressedBytes + 1))).toBeUndefined();
  });

  it('never gives more bytes than it was told to expect', () => {
    const bomb = plain.compress(Buffer.alloc(32_000_000))!;
    expect(bomb.length).toBeLessThan(64_000);
    const before = process.memoryUsage().arrayBuffers;
    expect(() => plain.decompress(bomb, 1000)).toThrow(expect.objectContaining({ code: 'ERR_BUFFER_TOO_LARGE' }));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16_000_000);
  });

  it('refuses bytes that are wrong, cut off or of another size', () => {
    const packed = plain.compress(events)!;
    expect(() => plain.decompress(packed.subarray(0, -5), events.length)).toThrow(Error);
    expect(() => plain.decompress(Buffer.from('no compressed bytes'), 100)).toThrow(Error);
    expect(() => plain.decompress(packed, events.length + 1)).toThrow(`instead of ${events.length + 1}`);
  });
});

describe('createCompressor', () => {
  it('gives none to a store that does not compress', () => {
    expect(createCompressor(undefined, '/store')).toBeUndefined();
  });

  it('refuses an algorithm of a later version', () => {
    expect(() => compressorOf('lzma')).toThrow(expect.objectContaining({ code: 'NEWER_FORMAT', found: 'lzma' }));
  });

  it('does not make room for a window larger than any that is written', () => {
    const bytes = zstdCompressSync(Buffer.alloc(20_000_000, events), { params: { 101: 27 } });
    expect(() => compressorOf('zstd').decompress(bytes, 1000)).toThrow(/window|memory/i);
  });
});

describe('encodeDictionary', () => {
  it('takes bytes as they are, up to its limit', () => {
    const bytes = Buffer.from('common');
    expect(encodeDictionary(bytes, 'json')).toBe(bytes);
    expect(() => encodeDictionary(Buffer.alloc(maxDictionaryBytes + 1), 'json')).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    );
  });

  it.each(['json', 'msgpackr'] as const)('encodes sample events as the store would (%s)', (serializer) => {
    const encoded = Buffer.from(encodeDictionary([order, order], serializer));
    expect(encoded.toString('latin1')).toContain('Hamburg');
    const many = encodeDictionary(
      Array.from({ length: 2000 }, (_, index) => ({ ...order, index })),
      serializer,
    );
    expect(many.length).toBe(maxDictionaryBytes);
  });

  it('names a sample that cannot be serialized', () => {
    expect(() => encodeDictionary([{ value: 1n }], 'json')).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    );
  });
});
