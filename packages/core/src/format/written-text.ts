/**
 * Texts into bytes, as MessagePack has them: a header with the length in bytes, then UTF-8. A call into the system for each of
 * them costs more than all the other values of a small event together, so short ones are written letter by letter.
 */

/** From this length on, in UTF-16 units, the system's encoder is faster. */
const nativeFrom = 20;
/** From this length on, a half of a character is written as the system does it, as U+FFFD; below as if it were a whole one. */
const replacedFrom = 0x40;

/** Writes the text at `at`, where there is room for three bytes a unit and five more, and returns where it ends. */
export function writeText(text: string, bytes: Buffer, at: number): number {
  const { length } = text;
  if (length >= nativeFrom) return writeLonger(text, bytes, at);
  for (let index = 0; index < length; index++) {
    const unit = text.charCodeAt(index);
    if (unit > 0x7f) return writeLonger(text, bytes, at);
    bytes[at + 1 + index] = unit;
  }
  bytes[at] = 0xa0 + length;
  return at + 1 + length;
}

/** The header is as long as it is for ASCII; only when that proves too short, what follows is moved. */
function writeLonger(text: string, bytes: Buffer, at: number): number {
  const guess = headerBytesOf(text.length);
  const start = at + guess;
  let end = text.length < nativeFrom ? writeUnits(text, bytes, start) : start + bytes.write(text, start, 'utf8');
  const isAscii = end - start === text.length;
  if (!isAscii && text.length >= nativeFrom && text.length < replacedFrom) end = writeUnits(text, bytes, start);
  const length = end - start;
  const headerBytes = headerBytesOf(length);
  if (headerBytes !== guess) bytes.copyWithin(at + headerBytes, start, end);
  writeHeader(length, bytes, at);
  return at + headerBytes + length;
}

function headerBytesOf(length: number): number {
  if (length < 0x20) return 1;
  if (length < 0x100) return 2;
  return length < 0x1_0000 ? 3 : 5;
}

function writeHeader(length: number, bytes: Buffer, at: number): void {
  if (length < 0x20) {
    bytes[at] = 0xa0 + length;
  } else if (length < 0x100) {
    bytes[at] = 0xd9;
    bytes[at + 1] = length;
  } else if (length < 0x1_0000) {
    bytes[at] = 0xda;
    bytes.writeUInt16BE(length, at + 1);
  } else {
    bytes[at] = 0xdb;
    bytes.writeUInt32BE(length, at + 1);
  }
}

/** Writes UTF-8, half a character as if it were one of its own, and returns where it ends. */
function writeUnits(text: string, bytes: Buffer, start: number): number {
  let at = start;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) {
      bytes[at++] = unit;
      continue;
    }
    if (unit < 0x800) {
      bytes[at++] = (unit >> 6) | 0xc0;
    } else {
      const point = text.codePointAt(index)!;
      if (point > 0xffff) {
        index++;
        bytes[at++] = (point >> 18) | 0xf0;
        bytes[at++] = ((point >> 12) & 0x3f) | 0x80;
        bytes[at++] = ((point >> 6) & 0x3f) | 0x80;
        bytes[at++] = (point & 0x3f) | 0x80;
        continue;
      }
      bytes[at++] = (unit >> 12) | 0xe0;
      bytes[at++] = ((unit >> 6) & 0x3f) | 0x80;
    }
    bytes[at++] = (unit & 0x3f) | 0x80;
  }
  return at;
}
