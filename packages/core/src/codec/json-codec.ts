/** JSON in UTF-8: readable with any tool, twice the size of the default. */
import type { Codec, EncodedValue } from './codec.ts';

export class JsonCodec implements Codec {
  readonly name = 'json';
  readonly encoded: EncodedValue = { bytes: new Uint8Array(0), start: 0, end: 0 };

  encode(value: unknown): void {
    const text = JSON.stringify(value) as string | undefined;
    if (text === undefined) throw new TypeError(`JSON has no ${typeof value}`);
    this.encoded.bytes = Buffer.from(text, 'utf8');
    this.encoded.end = this.encoded.bytes.length;
  }

  decode(bytes: Uint8Array, start: number, end: number): unknown {
    return JSON.parse(textOf(bytes, start, end));
  }

  /** The stored bytes, which are JSON already. */
  jsonOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
    return bytes.subarray(start, end);
  }
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');
}
