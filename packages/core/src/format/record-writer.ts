/**
 * Writes MessagePack payloads whose objects are records, as `RecordReader` reads them: an object's keys are a *structure* of
 * the catalog, and the bytes hold its number and the values. It writes the types that most payloads consist of and gives up,
 * without an error, on everything else, also on an object whose keys are not a structure yet; the codec then asks msgpackr,
 * which writes everything. What both can write gives the same bytes. Layout: docs/format.md, "Payloads".
 *
 * The bytes are in memory of its own, so that no other encoding can overwrite them before they are in a frame.
 */
import { viewOf } from './checksum.ts';
import { functionOf } from './generated-code.ts';
import { dateBytesMax, writeDate } from './record-date.ts';
import { writeText } from './written-text.ts';

/** What `write` returns for a value that is left to msgpackr. */
export const notWritten = -1;

/** Structures with a number below this one take one byte; for others, a second byte holds the upper bits. */
const shortNumbers = 32;
/** An object is written key by key until its shape has occurred this often. */
const writesBeforeCompiling = 4;
/**
 * The deepest nesting of objects and lists. Deeper values are rare and left to msgpackr, whose result is checked for
 * nesting.
 */
const maxLevels = 64;
/** The most values that are left untried after several in a row could not be written. */
const maxPause = 1024;
/** The most bytes that a value other than a string takes, including the header of a record or a list. */
const bytesOfValueMax = Math.max(dateBytesMax, 9) + 8;
const firstBufferBytes = 65_536;
/** A buffer that grew beyond this for a large value is released at the next one. */
const keptBufferBytes = 4 * 1024 * 1024;

export class RecordWriter {
  /** Where `write` leaves its bytes, from 0 on; valid until the next call. */
  bytes: Buffer = Buffer.allocUnsafeSlow(0);
  private view = viewOf(this.bytes);
  private at = 0;
  private levels = 0;
  private isGivenUp = false;
  /** Getters of a value are called while it is written, and may cause another one to be written. */
  private isBusy = false;
  private readonly root = new KeyNode();
  private readonly shapes: Shape[] = [];
  /** Values that are still left to msgpackr untried, and how many it will be next time. */
  private pause = 0;
  private nextPause = 1;

  /** Adds the structures that it does not know yet. Known ones never change. */
  learn(structures: readonly (readonly string[])[]): void {
    for (let number = this.shapes.length; number < structures.length; number++) this.add(structures[number]!, number);
    this.pause = 0;
    this.nextPause = 1;
  }

  /** Writes the value into `bytes[0..end)` and returns `end`; or `notWritten`. Throws what a getter of the value throws. */
  write(value: unknown): number {
    if (this.isBusy) return notWritten;
    if (this.pause > 0) {
      this.pause--;
      return notWritten;
    }
    this.writeAnew(value);
    if (!this.isGivenUp) {
      if (this.nextPause > 1) this.nextPause >>>= 1;
      return this.at;
    }
    this.pause = this.nextPause;
    this.nextPause = Math.min(maxPause, 2 * this.nextPause);
    return notWritten;
  }

  private writeAnew(value: unknown): void {
    if (this.bytes.length > keptBufferBytes) this.useBuffer(firstBufferBytes);
    this.at = 0;
    this.levels = 0;
    this.isGivenUp = false;
    this.isBusy = true;
    try {
      this.value(value);
    } finally {
      this.isBusy = false;
    }
  }

  /** Writes one value. Called by the code that is generated for shapes. */
  value(value: unknown): void {
    if (this.at + bytesOfValueMax > this.bytes.length) this.makeRoom(bytesOfValueMax);
    switch (typeof value) {
      case 'string':
        return this.text(value);
      case 'number':
        return this.number(value);
      case 'boolean':
        this.bytes[this.at++] = value ? 0xc3 : 0xc2;
        return;
      case 'object':
        if (value !== null) return this.object(value);
        this.bytes[this.at++] = 0xc0;
        return;
      case 'undefined':
        this.view.setUint16(this.at, 0xd400);
        this.bytes[this.at + 2] = 0;
        this.at += 3;
        return;
      default:
        this.giveUp();
    }
  }

  private number(value: number): void {
    const { bytes, view, at } = this;
    // Minus zero is written as zero, as msgpackr does.
    if (value >>> 0 === value) {
      if (value < 0x40) {
        bytes[at] = value;
        this.at = at + 1;
      } else if (value < 0x100) {
        bytes[at] = 0xcc;
        bytes[at + 1] = value;
        this.at = at + 2;
      } else if (value < 0x1_0000) {
        bytes[at] = 0xcd;
        view.setUint16(at + 1, value);
        this.at = at + 3;
      } else {
        bytes[at] = 0xce;
        view.setUint32(at + 1, value);
        this.at = at + 5;
      }
    } else if (value >> 0 === value) {
      this.negative(value);
    } else {
      bytes[at] = 0xcb;
      view.setFloat64(at + 1, value);
      this.at = at + 9;
    }
  }

  private negative(value: number): void {
    const { bytes, view, at } = this;
    if (value >= -0x20) {
      bytes[at] = 0x100 + value;
      this.at = at + 1;
    } else if (value >= -0x80) {
      bytes[at] = 0xd0;
      bytes[at + 1] = 0x100 + value;
      this.at = at + 2;
    } else if (value >= -0x8000) {
      bytes[at] = 0xd1;
      view.setInt16(at + 1, value);
      this.at = at + 3;
    } else {
      bytes[at] = 0xd2;
      view.setInt32(at + 1, value);
      this.at = at + 5;
    }
  }

  private text(value: string): void {
    // A UTF-16 code unit takes at most three bytes: a character of four bytes is two code units.
    const bytesMax = 3 * value.length + 5;
    if (this.at + bytesMax > this.bytes.length) this.makeRoom(bytesMax);
    this.at = writeText(value, this.bytes, this.at);
  }

  private object(value: object): void {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype) this.record(value as Record<string, unknown>);
    else if (prototype === Array.prototype && Array.isArray(value)) this.list(value);
    else if (prototype === Date.prototype && value instanceof Date) this.date(value);
    else this.giveUp();
  }

  private record(object: Record<string, unknown>): void {
    let node: KeyNode | undefined = this.root;
    for (const key in object) {
      // In this form, in this kind of loop, the call costs nothing; as `Object.hasOwn` it takes a third of the total
      // time.
      if (!Object.prototype.hasOwnProperty.call(object, key)) return this.giveUp();
      node = node.key === key ? node.next : node.others?.get(key);
      if (node === undefined) return this.giveUp();
    }
    const { shape } = node;
    if (shape === undefined || ++this.levels > maxLevels) return this.giveUp();
    this.numberOf(shape);
    if (shape.write !== undefined) shape.write(this, object);
    else this.recordByKeys(shape, object);
    this.levels--;
  }

  private numberOf({ number }: Shape): void {
    if (number < shortNumbers) {
      this.bytes[this.at++] = 0x40 + number;
    } else {
      const rest = number - shortNumbers;
      this.bytes[this.at++] = 0x60 + (rest & 0x1f);
      this.bytes[this.at++] = rest >> 5;
    }
  }

  private recordByKeys(shape: Shape, object: Record<string, unknown>): void {
    for (const key of shape.keys) this.value(object[key]);
    shape.noteWrite();
  }

  private list(values: readonly unknown[]): void {
    const { length } = values;
    if (++this.levels > maxLevels || length >= 0x1_0000) return this.giveUp();
    if (length < 0x10) {
      this.bytes[this.at++] = 0x90 + length;
    } else {
      this.bytes[this.at] = 0xdc;
      this.view.setUint16(this.at + 1, length);
      this.at += 3;
    }
    for (let index = 0; index < length && !this.isGivenUp; index++) this.value(values[index]);
    this.levels--;
  }

  private date(date: Date): void {
    const end = writeDate(date, this.view, this.at);
    if (end === undefined) this.giveUp();
    else this.at = end;
  }

  /** Everything written from here on is discarded. */
  private giveUp(): void {
    this.isGivenUp = true;
    this.at = 0;
  }

  private makeRoom(neededBytes: number): void {
    const { bytes, at } = this;
    this.useBuffer(Math.max(at + neededBytes, 2 * bytes.length, firstBufferBytes));
    bytes.copy(this.bytes, 0, 0, at);
  }

  private useBuffer(sizeBytes: number): void {
    this.bytes = Buffer.allocUnsafeSlow(sizeBytes);
    this.view = viewOf(this.bytes);
  }

  private add(keys: readonly string[], number: number): void {
    // This key would set the prototype when it is read. msgpackr refuses it.
    if (keys.includes('__proto__')) {
      this.shapes.push(new Shape(keys, number));
      return;
    }
    let node = this.root;
    for (const key of keys) node = node.follow(key);
    // The first structure with these keys is the one that msgpackr uses too.
    node.shape ??= new Shape(keys, number);
    this.shapes.push(node.shape);
  }
}

/** A node in the tree of key sequences: leads to the next key, and to the structure whose keys end here. */
class KeyNode {
  /** The first key that was added here, and where it leads; most nodes have no other. */
  key: string | undefined;
  next: KeyNode | undefined;
  others: Map<string, KeyNode> | undefined;
  shape: Shape | undefined;

  follow(key: string): KeyNode {
    if (this.key === undefined) {
      this.key = key;
      return (this.next = new KeyNode());
    }
    if (this.key === key) return this.next!;
    this.others ??= new Map();
    let node = this.others.get(key);
    if (node === undefined) this.others.set(key, (node = new KeyNode()));
    return node;
  }
}

type RecordFunction = (writer: RecordWriter, object: Record<string, unknown>) => void;

/** A structure, with what is kept for writing its records. */
class Shape {
  readonly keys: readonly string[];
  readonly number: number;
  write: RecordFunction | undefined;
  private writes = 0;

  constructor(keys: readonly string[], number: number) {
    this.keys = keys;
    this.number = number;
  }

  /** A shape that occurs often gets its own generated function, in which each key's lookup is cached separately. */
  noteWrite(): void {
    if (++this.writes !== writesBeforeCompiling) return;
    const lines = this.keys.map((key) => `writer.value(object[${JSON.stringify(key)}]);`);
    this.write = functionOf(['writer', 'object'], lines.join(' ')) as RecordFunction | undefined;
  }
}
