/**
 * Reads MessagePack payloads whose objects are records: an object's keys are a *structure* of the catalog, and the bytes hold
 * its number and the values. It reads the types that most payloads consist of and gives up, without an error, on everything
 * else; the codec then asks msgpackr, which reads everything. What both can read gives the same value. Layout:
 * docs/format.md, "Payloads".
 *
 * Strings that recur under one key (a type, a country) are created once: several are remembered under the key and compared
 * with the bytes. Under a key whose strings differ each time, this soon stops.
 */
import { viewOf } from './checksum.ts';
import { functionOf } from './generated-code.ts';
import { dateAt } from './record-date.ts';
import { readText } from './short-text.ts';

/** What `read` returns for a payload that is left to msgpackr. */
export const notRead: unique symbol = Symbol('not read');

/** Structures with a number below this one take one byte; for others, a second byte holds the upper bits. */
const shortNumbers = 32;
/** An object is read key by key until its shape has occurred this often. */
const readsBeforeCompiling = 4;
/** Strings that are remembered under one key, and the length of the longest one. */
const textsPerKey = 16;
const maxKnownText = 32;
/** Unknown strings minus known ones after which the strings of a key are treated as all different. */
const maxMisses = 64;
/** Keys under which strings are remembered, which bounds the memory for them. */
const maxKeysWithTexts = 4096;
/** The most payloads that are left untried after several in a row could not be read. */
const maxPause = 1024;

export class RecordReader {
  private readonly shapes: Shape[] = [];
  private bytes: Uint8Array = new Uint8Array(0);
  private view = viewOf(this.bytes);
  private at = 0;
  private end = 0;
  private isGivenUp = false;
  /** Payloads that are still left to msgpackr untried, and how many it will be next time. */
  private pause = 0;
  private nextPause = 1;
  private keysWithTexts = 0;

  /** Adds the structures that it does not know yet. Known ones never change. */
  learn(structures: readonly (readonly string[])[]): void {
    for (let number = this.shapes.length; number < structures.length; number++) {
      this.shapes.push(new Shape(structures[number]!));
    }
    this.pause = 0;
    this.nextPause = 1;
  }

  /** The value in `bytes[start..end)`, or `notRead`. `view` is a view of the same bytes, for callers that keep one. */
  read(bytes: Uint8Array, start: number, end: number, view?: DataView): unknown {
    if (this.pause > 0) {
      this.pause--;
      return notRead;
    }
    this.bytes = bytes;
    this.view = view ?? viewOf(bytes);
    this.at = start;
    this.end = end;
    this.isGivenUp = false;
    const value = this.value(undefined);
    if (this.at === end && !this.isGivenUp) {
      if (this.nextPause > 1) this.nextPause >>>= 1;
      return value;
    }
    this.pause = this.nextPause;
    this.nextPause = Math.min(maxPause, 2 * this.nextPause);
    return notRead;
  }

  /**
   * The next value; `key` is set when it is the value of a record's key. Called by the code that is generated for
   * shapes.
   */
  value(key: KeyTexts | undefined): unknown {
    const { bytes, at } = this;
    if (at >= this.end) return this.giveUp();
    const token = bytes[at]!;
    this.at = at + 1;
    if (token < 0x40) return token;
    if (token < 0x80) return this.record(token - 0x40);
    if (token >= 0xe0) return token - 0x100;
    if (token >= 0xa0 && token < 0xc0) return this.text(token - 0xa0, key);
    if (token < 0x90) return this.giveUp();
    if (token < 0xa0) return this.list(token - 0x90);
    return this.longer(token, key);
  }

  private longer(token: number, key: KeyTexts | undefined): unknown {
    const { view, bytes, at } = this;
    switch (token) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xd9:
        return this.take(1) ? this.text(bytes[at]!, key) : undefined;
      case 0xda:
        return this.take(2) ? this.text(view.getUint16(at), undefined) : undefined;
      case 0xdb:
        return this.take(4) ? this.text(view.getUint32(at), undefined) : undefined;
      case 0xdc:
        return this.take(2) ? this.list(view.getUint16(at)) : undefined;
      default:
        return this.number(token);
    }
  }

  private number(token: number): unknown {
    const { view, at } = this;
    switch (token) {
      case 0xcb:
        return this.take(8) ? view.getFloat64(at) : undefined;
      case 0xcc:
        return this.take(1) ? view.getUint8(at) : undefined;
      case 0xcd:
        return this.take(2) ? view.getUint16(at) : undefined;
      case 0xce:
        return this.take(4) ? view.getUint32(at) : undefined;
      case 0xd0:
        return this.take(1) ? view.getInt8(at) : undefined;
      case 0xd1:
        return this.take(2) ? view.getInt16(at) : undefined;
      case 0xd2:
        return this.take(4) ? view.getInt32(at) : undefined;
      default:
        return this.extension(token);
    }
  }

  /** A date from 1970 to 2105, or undefined. */
  private extension(token: number): unknown {
    const { view, bytes, at } = this;
    switch (token) {
      case 0xd4:
        return this.take(2) && bytes[at] === 0 ? undefined : this.giveUp();
      case 0xd6:
        return this.take(5) && bytes[at] === 0xff ? new Date(view.getUint32(at + 1) * 1000) : this.giveUp();
      case 0xd7:
        return this.take(9) && bytes[at] === 0xff ? dateAt(view, at + 1) : this.giveUp();
      default:
        return this.giveUp();
    }
  }

  private record(low: number): unknown {
    let number = low;
    if (low >= shortNumbers) {
      if (this.at >= this.end) return this.giveUp();
      number += shortNumbers * this.bytes[this.at++]!;
    }
    const shape = this.shapes[number];
    if (shape === undefined || !shape.isSafe) return this.giveUp();
    if (shape.build !== undefined) return shape.build(this, shape.texts);
    return this.recordByKeys(shape);
  }

  private recordByKeys(shape: Shape): unknown {
    const { keys, texts } = shape;
    const object: Record<string, unknown> = {};
    for (let index = 0; index < keys.length && !this.isGivenUp; index++) {
      object[keys[index]!] = this.value(texts[index]);
    }
    shape.noteRead();
    return object;
  }

  private list(length: number): unknown {
    // Each value takes at least one byte, so a hostile length creates no array.
    if (length > this.end - this.at) return this.giveUp();
    const values: unknown[] = [];
    for (let index = 0; index < length && !this.isGivenUp; index++) values[index] = this.value(undefined);
    return values;
  }

  private text(length: number, key: KeyTexts | undefined): unknown {
    const { bytes, view, at } = this;
    if (length > this.end - at) return this.giveUp();
    this.at = at + length;
    if (key === undefined || key.misses >= maxMisses || length > maxKnownText || length === 0) {
      return readText(bytes, view, at, length);
    }
    const slot = (bytes[at]! + 3 * bytes[at + length - 1]! + 5 * length) & (textsPerKey - 1);
    const known = key.known?.[slot];
    if (known !== undefined && isTextAt(known, bytes, at, length)) {
      if (key.misses > -maxMisses) key.misses--;
      return known;
    }
    const text = readText(bytes, view, at, length);
    this.remember(text, slot, key);
    return text;
  }

  private remember(text: string, slot: number, key: KeyTexts): void {
    key.misses++;
    if (key.known === undefined) {
      if (this.keysWithTexts === maxKeysWithTexts) {
        key.misses = maxMisses;
        return;
      }
      this.keysWithTexts++;
      key.known = Array.from({ length: textsPerKey }, () => '');
    }
    key.known[slot] = text;
    if (key.misses < maxMisses) return;
    key.known = undefined;
    this.keysWithTexts--;
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

  /** Stops reading: every further request for a value gives up as well. */
  private giveUp(): undefined {
    this.isGivenUp = true;
    this.at = this.end;
    return undefined;
  }
}

/** The strings that were read under one key of one structure. */
class KeyTexts {
  misses = 0;
  known: string[] | undefined;
}

type Builder = (reader: RecordReader, texts: readonly KeyTexts[]) => object;

/** A structure, with what is kept for reading its records. */
class Shape {
  readonly keys: readonly string[];
  readonly texts: readonly KeyTexts[];
  /**
   * False with the key `__proto__`, which would set the prototype instead of a property: such records are left to
   * msgpackr.
   */
  readonly isSafe: boolean;
  build: Builder | undefined;
  private reads = 0;

  constructor(keys: readonly string[]) {
    this.keys = keys;
    this.texts = keys.map(() => new KeyTexts());
    this.isSafe = !keys.includes('__proto__');
  }

  /**
   * A shape that occurs often gets its own generated function, which creates the object with all of its keys at once.
   */
  noteRead(): void {
    if (++this.reads !== readsBeforeCompiling) return;
    const properties = this.keys.map((key, index) => `${JSON.stringify(key)}: reader.value(texts[${index}])`);
    this.build = functionOf(['reader', 'texts'], `return {${properties.join(', ')}};`) as Builder | undefined;
  }
}

/** Whether the bytes are this string; false when either is not ASCII. */
function isTextAt(text: string, bytes: Uint8Array, at: number, length: number): boolean {
  if (text.length !== length) return false;
  for (let index = 0; index < length; index++) {
    const letter = bytes[at + index]!;
    if (letter > 0x7f || text.charCodeAt(index) !== letter) return false;
  }
  return true;
}
