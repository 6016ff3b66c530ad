/**
 * Encodes strings as MessagePack does: a header with the length in bytes, then UTF-8. A native call for each of them costs
 * more than all the other values of a small event together, so short ones are written character by character.
 */

/** From this length on, in UTF-16 code units, the native encoder is faster. */
const nativeFrom = 20;
/**
 * From this length on, an unpaired surrogate is written as U+FFFD, as the native encoder does; in a shorter string, as if it
 * were a whole character.
 */
const replacedFrom = 0x40;

/**
 * Writes the string at `at`, where there must be room for three bytes a code unit and five more, and returns its end.
 */
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

/** Starts with the header size for ASCII; only when that proves too small is the text moved. */
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

/** Writes UTF-8, with an unpaired surrogate as if it were a character of its own, and returns its end. */
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
