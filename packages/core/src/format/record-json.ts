/**
 * Converts MessagePack payloads whose objects are records to JSON, from bytes to bytes: it builds no objects, and copies
 * most strings. Gives up, without an error, where `RecordReader` does; what both read gives the same text as
 * `JSON.stringify` of the object. Layout: docs/format.md, "Payloads".
 */
import { viewOf } from './checksum.ts';
import { type JsonName, JsonShape } from './json-shape.ts';
import { dateAt } from './record-date.ts';
import { readText } from './short-text.ts';

/** Structures with a number below this one take one byte; for others, a second byte holds the upper bits. */
const shortNumbers = 32;
const minBuffer = 4096;
/** A larger buffer is released at the next call. */
const maxKept = 1_048_576;
const none = new Uint8Array(0);

/** Three usual characters (spaces), so that a single character can be checked as part of a word of four. */
const fillers = 0x20202000;
const [quote, comma, digitZero, minus] = [0x22, 0x2c, 0x30, 0x2d];
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];

export class RecordJson {
  private readonly shapes: JsonShape[] = [];
  private bytes: Uint8Array = none;
  private view = viewOf(none);
  private at = 0;
  private end = 0;
  private isGivenUp = false;
  private target = Buffer.allocUnsafeSlow(minBuffer);
  private targetView = viewOf(this.target);
  private length = 0;

  /** Adds the structures that it does not know yet. Known ones never change. */
  learn(structures: readonly (readonly string[])[]): void {
    if (structures.length === this.shapes.length) return;
    for (const keys of structures.slice(this.shapes.length)) this.shapes.push(new JsonShape(keys));
  }

  /** The payload in `bytes[start..end)` as JSON in UTF-8, valid until the next call; undefined when it gave up. */
  write(bytes: Uint8Array, start: number, end: number, view?: DataView): Uint8Array | undefined {
    if (this.target.length > maxKept) this.useTarget(Buffer.allocUnsafeSlow(minBuffer));
    this.bytes = bytes;
    this.view = view ?? viewOf(bytes);
    this.at = start;
    this.end = end;
    this.length = 0;
    this.isGivenUp = false;
    this.value();
    return this.at === end && !this.isGivenUp ? this.target.subarray(0, this.length) : undefined;
  }

  private value(): void {
    const { at } = this;
    if (at >= this.end) return this.giveUp();
    const token = this.bytes[at]!;
    this.at = at + 1;
    if (token < 0x40) return this.integer(token);
    if (token < 0x80) return this.record(token - 0x40);
    if (token >= 0xe0) return this.integer(token - 0x100);
    if (token >= 0xa0 && token < 0xc0) return this.text(token - 0xa0);
    if (token < 0x90) return this.giveUp();
    if (token < 0xa0) return this.list(token - 0x90);
    return this.longer(token);
  }

  private longer(token: number): void {
    const { view, at } = this;
    switch (token) {
      case 0xc0:
        return this.ascii('null');
      case 0xc2:
        return this.ascii('false');
      case 0xc3:
        return this.ascii('true');
      case 0xd9:
        return this.take(1) ? this.text(view.getUint8(at)) : undefined;
      case 0xda:
        return this.take(2) ? this.text(view.getUint16(at)) : undefined;
      case 0xdb:
        return this.take(4) ? this.text(view.getUint32(at)) : undefined;
      case 0xdc:
        return this.take(2) ? this.list(view.getUint16(at)) : undefined;
      default:
        return this.number(token);
    }
  }

  private number(token: number): void {
    const { view, at } = this;
    switch (token) {
      case 0xcb:
        return this.take(8) ? this.double(view.getFloat64(at)) : undefined;
      case 0xcc:
        return this.take(1) ? this.integer(view.getUint8(at)) : undefined;
      case 0xcd:
        return this.take(2) ? this.integer(view.getUint16(at)) : undefined;
      case 0xce:
        return this.take(4) ? this.integer(view.getUint32(at)) : undefined;
      case 0xd0:
        return this.take(1) ? this.integer(view.getInt8(at)) : undefined;
      case 0xd1:
        return this.take(2) ? this.integer(view.getInt16(at)) : undefined;
      case 0xd2:
        return this.take(4) ? this.integer(view.getInt32(at)) : undefined;
      default:
        return this.extension(token);
    }
  }

  /** A date from 1970 to 2105, or undefined, which JSON writes as null in a list. */
  private extension(token: number): void {
    const { view, bytes, at } = this;
    if (token === 0xd4 && this.take(2) && bytes[at] === 0) return this.ascii('null');
    if (token === 0xd6 && this.take(5) && bytes[at] === 0xff) return this.date(new Date(view.getUint32(at + 1) * 1000));
    if (token === 0xd7 && this.take(9) && bytes[at] === 0xff) return this.date(dateAt(view, at + 1));
    return this.giveUp();
  }

  private record(low: number): void {
    let number = low;
    if (low >= shortNumbers) {
      if (this.at >= this.end) return this.giveUp();
      number += shortNumbers * this.bytes[this.at++]!;
    }
    const shape = this.shapes[number];
    if (shape === undefined || !shape.isSafe) return this.giveUp();
    const { names } = shape;
    this.byte(openBrace);
    let isFirst = true;
    for (let index = 0; index < names.length; index++) {
      if (this.skipsUndefined()) continue;
      if (this.isGivenUp) return;
      if (isFirst) isFirst = false;
      else this.byte(comma);
      this.name(names[index]!);
      this.value();
    }
    this.byte(closeBrace);
  }

  /** JSON leaves out a property that is undefined. */
  private skipsUndefined(): boolean {
    const { bytes, at } = this;
    if (bytes[at] !== 0xd4 || at + 3 > this.end || bytes[at + 1] !== 0) return false;
    this.at = at + 3;
    return true;
  }

  private list(length: number): void {
    if (length > this.end - this.at) return this.giveUp();
    this.byte(openBracket);
    for (let index = 0; index < length && !this.isGivenUp; index++) {
      if (index > 0) this.byte(comma);
      this.value();
    }
    this.byte(closeBracket);
  }

  private name({ words, sizeBytes }: JsonName): void {
    this.makeRoom(4 * words.length);
    const { targetView, length } = this;
    for (let index = 0; index < words.length; index++) targetView.setInt32(length + 4 * index, words[index]!, true);
    this.length = length + sizeBytes;
  }

  /**
   * Copies four bytes at a time. A string with a byte that JSON escapes, or that is not ASCII and so may not be valid UTF-8, is
   * decoded instead.
   */
  private text(length: number): void {
    const { view, at } = this;
    if (length > this.end - at) return this.giveUp();
    this.at = at + length;
    this.makeRoom(length + 2);
    const { target, targetView } = this;
    const end = at + length;
    target[this.length] = quote;
    let to = this.length + 1;
    let from = at;
    for (; from + 4 <= end; from += 4, to += 4) {
      const word = view.getInt32(from, true);
      if (hasUnusual(word)) return this.unusual(at, length);
      targetView.setInt32(to, word, true);
    }
    for (; from < end; from++, to++) {
      const letter = view.getUint8(from);
      if (hasUnusual(letter | fillers)) return this.unusual(at, length);
      target[to] = letter;
    }
    target[to] = quote;
    this.length = to + 1;
  }

  private unusual(at: number, length: number): void {
    const json = JSON.stringify(readText(this.bytes, this.view, at, length));
    const sizeBytes = Buffer.byteLength(json);
    this.makeRoom(sizeBytes);
    this.target.write(json, this.length);
    this.length += sizeBytes;
  }

  private date(date: Date): void {
    this.ascii(`"${date.toISOString()}"`);
  }

  private double(value: number): void {
    if (Number.isSafeInteger(value)) return this.integer(value);
    this.ascii(Number.isFinite(value) ? String(value) : 'null');
  }

  /** In two halves that each fit 32 bits, where division is cheap. */
  private integer(value: number): void {
    this.makeRoom(17);
    if (value < 0) this.target[this.length++] = minus;
    const size = Math.abs(value);
    const high = size < 1e9 ? 0 : Math.floor(size / 1e9);
    if (high > 0) this.digits(high, countDigits(high));
    this.digits(size - high * 1e9, high > 0 ? 9 : countDigits(size));
  }

  /** The lowest `count` digits of a number below 1e9. */
  private digits(value: number, count: number): void {
    const { target } = this;
    let rest = value | 0;
    for (let at = this.length + count - 1; at >= this.length; at--) {
      const tenth = (rest / 10) | 0;
      target[at] = digitZero + rest - 10 * tenth;
      rest = tenth;
    }
    this.length += count;
  }

  private ascii(text: string): void {
    this.makeRoom(text.length);
    const { target } = this;
    for (let index = 0; index < text.length; index++) target[this.length++] = text.charCodeAt(index);
  }

  private byte(value: number): void {
    this.makeRoom(1);
    this.target[this.length++] = value;
  }

  private makeRoom(sizeBytes: number): void {
    if (this.length + sizeBytes <= this.target.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.target.length, this.length + sizeBytes));
    larger.set(this.target.subarray(0, this.length));
    this.useTarget(larger);
  }

  private useTarget(target: typeof this.target): void {
    this.target = target;
    this.targetView = viewOf(target);
  }

  /** Advances past the next `count` bytes; false, having given up, when they are missing. */
  private take(count: number): boolean {
    if (count > this.end - this.at) {
      this.giveUp();
      return false;
    }
    this.at += count;
    return true;
  }

  private giveUp(): void {
    this.isGivenUp = true;
    this.at = this.end;
  }
}

/** Whether any of four bytes is below 32, above 127, a quote or a backslash: each sets the upper bit of its byte. */
function hasUnusual(word: number): boolean {
  const quotes = word ^ 0x22222222;
  const backslashes = word ^ 0x5c5c5c5c;
  const low = (word - 0x20202020) & ~word;
  const equal = ((quotes - 0x01010101) & ~quotes) | ((backslashes - 0x01010101) & ~backslashes);
  return ((word | low | equal) & 0x80808080) !== 0;
}

function countDigits(value: number): number {
  let count = 1;
  for (let limit = 10; limit <= value; limit *= 10) count++;
  return count;
}
