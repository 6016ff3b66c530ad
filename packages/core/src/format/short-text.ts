/**
 * Decodes short strings. A native call for each of them costs more than all the other values of a small event together,
 * so strings of up to 32 ASCII characters are decoded by functions generated for each length.
 */
import { functionOf } from './generated-code.ts';

/** The string in the bytes from `at` on; undefined when one of them is not ASCII. */
type TextReader = (view: DataView, at: number) => string | undefined;

const maxShortText = 32;
const readers: readonly (TextReader | undefined)[] = Array.from({ length: maxShortText + 1 }, (_, length) =>
  createReader(length),
);

/** The string in `length` bytes from `at` on; undefined when it is long, or not all ASCII. */
export function readShortText(view: DataView, at: number, length: number): string | undefined {
  return length <= maxShortText ? readers[length]?.(view, at) : undefined;
}

/** The string in `bytes[at..at + length)`, which is UTF-8; `view` is a view of the same bytes. */
export function readText(bytes: Uint8Array, view: DataView, at: number, length: number): string {
  const short = readShortText(view, at, length);
  if (short !== undefined) return short;
  const buffer = bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.toString('utf8', at, at + length);
}

/** Reads four bytes at a time, and tests all of their upper bits together. */
function createReader(length: number): TextReader | undefined {
  const words = Math.floor(length / 4);
  const lines: string[] = [];
  const upperBits: string[] = [];
  const letters: string[] = [];
  for (let word = 0; word < words; word++) {
    lines.push(`const w${word} = view.getInt32(at + ${4 * word}, true);`);
    upperBits.push(`w${word} & 0x80808080`);
    letters.push(`w${word} & 127`, `w${word} >>> 8 & 127`, `w${word} >>> 16 & 127`, `w${word} >>> 24`);
  }
  for (let index = 4 * words; index < length; index++) {
    lines.push(`const b${index} = view.getUint8(at + ${index});`);
    upperBits.push(`b${index} & 128`);
    letters.push(`b${index}`);
  }
  const check = length === 0 ? '' : `if ((${upperBits.join(' | ')}) !== 0) return undefined;`;
  const body = `${lines.join(' ')} ${check} return String.fromCharCode(${letters.join(', ')});`;
  return functionOf(['view', 'at'], body) as TextReader | undefined;
}
