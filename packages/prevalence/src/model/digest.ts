/**
 * A 32-bit digest of what a command did: which objects it created, changed and deleted, and what is different in them.
 * It depends on values alone, so that a replay of the same command on the same model gives the same number.
 *
 * Stored in the journal: never change how it is computed.
 */
type Fields = Readonly<Record<string, unknown>>;

const mark = { inserted: 1, updated: 2, deleted: 3, removed: 4, object: 5, list: 6, end: 7 } as const;
const typeMark = {
  undefined: 11,
  null: 12,
  true: 13,
  false: 14,
  integer: 15,
  number: 16,
  text: 17,
  bigint: 18,
  date: 19,
};

/** How an object was changed. */
export interface Update {
  readonly before: unknown;
  readonly value: unknown;
  /** Whether only the first `fieldCount` of `fields` can differ; otherwise all fields are compared. */
  readonly knowsFields: boolean;
  /** No field occurs twice. */
  readonly fields: readonly string[];
  readonly fieldCount: number;
  /** Whether the object was changed in place: the earlier values are then known for these fields only. */
  readonly isInPlace: boolean;
  readonly fieldsBefore: readonly unknown[];
}

const int32Range = 2 ** 31;

export class Digest {
  private sum = 0;

  reset(): void {
    this.sum = 0;
  }

  /** An unsigned 32-bit integer; 0 when the command did nothing. */
  get value(): number {
    return this.sum >>> 0;
  }

  inserted(table: string, key: string | number, value: unknown): void {
    this.object(mark.inserted, table, key);
    this.add(value);
  }

  /** Adds nothing when nothing differs: whether the same object was assigned again, or an equal one, must not matter. */
  updated(table: string, key: string | number, update: Update): void {
    const start = this.sum;
    this.object(mark.updated, table, key);
    if (!this.differenceOf(update)) this.sum = start;
  }

  deleted(table: string, key: string | number): void {
    this.object(mark.deleted, table, key);
  }

  private object(kind: number, table: string, key: string | number): void {
    this.mix(kind);
    this.text(table);
    this.add(key);
  }

  /** Adds the differences within an object. Like the functions that it calls, it returns whether there are any. */
  private differenceOf(update: Update): boolean {
    const { before, value, knowsFields, fields, fieldCount } = update;
    if (update.isInPlace) return this.differenceFrom(update, value as Fields);
    if (knowsFields && !Array.isArray(value)) {
      return this.differenceIn(fields, fieldCount, before as Fields, value as Fields);
    }
    if (isSame(before, value)) return false;
    this.difference(before, value);
    return true;
  }

  /** Adds the differences between two unequal values, and nothing else, so that a small change of a large object costs little. */
  private difference(before: unknown, value: unknown): void {
    if (!isSameKind(before, value)) {
      this.add(value);
      return;
    }
    const keys = allKeys(before, value);
    this.differenceIn(keys, keys.length, before as Fields, value as Fields);
  }

  /**
   * Adds a sum over the differing keys, so that their order does not matter and a caller that knows them need not
   * compare the others.
   */
  private differenceIn(keys: readonly string[], count: number, before: Fields, value: Fields): boolean {
    const start = this.sum;
    let total = 0;
    let differs = false;
    for (let index = 0; index < count; index++) {
      const key = keys[index]!;
      const isThere = Object.hasOwn(value, key);
      const wasThere = Object.hasOwn(before, key);
      if (isThere === wasThere && isSame(before[key], value[key])) continue;
      this.sum = start;
      this.text(key);
      if (!isThere) this.mix(mark.removed);
      else if (wasThere) this.difference(before[key], value[key]);
      else this.add(value[key]);
      total = (total + this.sum) | 0;
      differs = true;
    }
    this.sum = start;
    this.mix(total);
    this.mix(mark.end);
    return differs;
  }

  /** The same for fields that existed before and still exist. */
  private differenceFrom({ fields, fieldCount, fieldsBefore }: Update, value: Fields): boolean {
    const start = this.sum;
    let total = 0;
    let differs = false;
    for (let index = 0; index < fieldCount; index++) {
      const key = fields[index]!;
      const now = value[key];
      if (isSame(fieldsBefore[index], now)) continue;
      this.sum = start;
      this.text(key);
      this.difference(fieldsBefore[index], now);
      total = (total + this.sum) | 0;
      differs = true;
    }
    this.sum = start;
    this.mix(total);
    this.mix(mark.end);
    return differs;
  }

  private add(value: unknown): void {
    switch (typeof value) {
      case 'string':
        this.mix(typeMark.text);
        this.text(value);
        return;
      case 'number':
        this.number(value);
        return;
      case 'boolean':
        this.mix(value ? typeMark.true : typeMark.false);
        return;
      case 'bigint':
        this.mix(typeMark.bigint);
        this.text(String(value));
        return;
      case 'object':
        this.objectValue(value);
        return;
      default:
        this.mix(typeMark.undefined);
    }
  }

  private objectValue(value: object | null): void {
    if (value === null) {
      this.mix(typeMark.null);
    } else if (value instanceof Date) {
      this.mix(typeMark.date);
      this.number(value.getTime());
    } else if (Array.isArray(value)) {
      this.mix(mark.list);
      for (const item of value as unknown[]) this.add(item);
      this.mix(mark.end);
    } else {
      this.mix(mark.object);
      for (const key in value) {
        this.text(key);
        this.add((value as Fields)[key]);
      }
      this.mix(mark.end);
    }
  }

  private number(value: number): void {
    if (Number.isInteger(value) && value >= -int32Range && value < int32Range) {
      this.mix(typeMark.integer);
      this.mix(value);
    } else {
      this.mix(typeMark.number);
      this.text(String(value));
    }
  }

  private text(text: string): void {
    let { sum } = this;
    for (let index = 0; index < text.length; index++) {
      sum = Math.imul(sum ^ text.charCodeAt(index), 0x5bd1_e995);
      sum ^= sum >>> 13;
    }
    this.sum = sum;
    this.mix(text.length);
  }

  private mix(value: number): void {
    const sum = Math.imul(this.sum ^ value, 0x5bd1_e995);
    this.sum = sum ^ (sum >>> 15);
  }
}

function allKeys(before: unknown, value: unknown): string[] {
  return [...new Set([...Object.keys(before as Fields), ...Object.keys(value as Fields)])];
}

/** Whether both are objects, or both lists. */
function isSameKind(before: unknown, value: unknown): boolean {
  if (typeof before !== 'object' || typeof value !== 'object' || before === null || value === null) return false;
  if (before instanceof Date || value instanceof Date) return false;
  return Array.isArray(before) === Array.isArray(value);
}

/** Whether two values are deeply equal; whether they are also the same object must not matter. */
function isSame(before: unknown, value: unknown): boolean {
  if (Object.is(before, value)) return true;
  if (before instanceof Date && value instanceof Date) return Object.is(before.getTime(), value.getTime());
  if (!isSameKind(before, value)) return false;
  const keys = Object.keys(value as Fields);
  return (
    keys.length === Object.keys(before as Fields).length &&
    keys.every((key) => Object.hasOwn(before as Fields, key) && isSame((before as Fields)[key], (value as Fields)[key]))
  );
}
