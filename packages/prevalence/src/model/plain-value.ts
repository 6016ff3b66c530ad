/**
 * The values of arguments and models: plain data, frozen. A value that journal or snapshot would return changed is
 * refused here, or converted to what they would return, so that a restored model never differs from one that lived on.
 */
import { VarveError } from '@varve/core';
import { draftState } from './draft-state.ts';
import { FrozenDate } from './frozen-date.ts';

type Fields = Record<string, unknown>;

/** The maximum depth of nesting; a value that contains itself exceeds it. */
const maxLevels = 500;

/**
 * Freezes the current state of a value for a model to keep. The result is a copy, because an object may have getters,
 * which could return something else later. The value and everything in it are frozen as well, so that a later attempt
 * to change them is noticed. Throws `INVALID_VALUE` for anything but plain data.
 */
export function adopt(value: unknown, name: string): unknown {
  return typeof value === 'object' ? adoptObject(value, name, 0, true) : primitive(value, name);
}

/** The same for a value without getters that no one else will change, such as one just decoded: it is frozen in place. */
export function adoptInPlace(value: unknown, name: string): unknown {
  return typeof value === 'object' ? adoptObject(value, name, 0, false) : primitive(value, name);
}

/** The same, but the value itself is left as it is. */
export function frozenCopy(value: unknown, name: string): unknown {
  return typeof value === 'object' ? copyObject(value, name, 0, true) : primitive(value, name);
}

/** A copy that its owner may change. Throws like `adopt`. */
export function looseCopy(value: unknown, name: string): unknown {
  return typeof value === 'object' ? copyObject(value, name, 0, false) : primitive(value, name);
}

function primitive(value: unknown, name: string): unknown {
  switch (typeof value) {
    case 'string':
      // Unpaired surrogates do not survive UTF-8.
      return value.isWellFormed() ? value : value.toWellFormed();
    case 'number':
      // Turns -0 into 0, which is what is read back.
      return value === 0 ? 0 : value;
    case 'boolean':
    case 'undefined':
    case 'bigint':
      return value;
    default:
      throw notPlain(name, `a ${typeof value}`);
  }
}

function adoptObject(value: object | null, name: string, level: number, copies: boolean): unknown {
  if (value === null) return null;
  const state = draftState(value);
  if (state !== undefined) return state.frozenValue();
  if (level > maxLevels) throw tooDeep(name);
  if (Array.isArray(value)) {
    refuseFields(value, name);
    // A hole becomes an undefined element, which is what is read back.
    const list = copies ? [...(value as unknown[])] : (value as unknown[]);
    for (let index = 0; index < list.length; index++) {
      const item = list[index];
      const taken = typeof item === 'object' ? adoptObject(item, name, level + 1, copies) : primitive(item, name);
      if (!Object.is(taken, item)) list[index] = taken;
    }
    if (copies) Object.freeze(value);
    return Object.freeze(list);
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return copyObject(value, name, level, true);
  refuseKeys(value, name);
  const fields = (copies ? { ...value } : value) as Fields;
  for (const key in fields) {
    refuseHalves(key);
    const item = fields[key];
    const taken = typeof item === 'object' ? adoptObject(item, key, level + 1, copies) : primitive(item, key);
    if (!Object.is(taken, item)) fields[key] = taken;
  }
  if (copies) Object.freeze(value);
  return Object.freeze(fields);
}

function copyObject(value: object | null, name: string, level: number, freeze: boolean): unknown {
  if (value === null) return null;
  const state = draftState(value);
  if (state !== undefined) {
    const current = state.frozenValue();
    return freeze ? current : copyObject(current as object | null, name, level, false);
  }
  if (level > maxLevels) throw tooDeep(name);
  if (value instanceof Date) return freeze ? FrozenDate.from(value) : new Date(value.getTime());
  if (Array.isArray(value)) {
    const list = value as unknown[];
    const copy: unknown[] = [];
    for (let index = 0; index < list.length; index++) copy.push(copyItem(list[index], name, level, freeze));
    return freeze ? Object.freeze(copy) : copy;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw notPlain(name, describe(value));
  refuseKeys(value, name);
  const copy: Fields = {};
  for (const key in value) {
    refuseHalves(key);
    copy[key] = copyItem((value as Fields)[key], key, level, freeze);
  }
  return freeze ? Object.freeze(copy) : copy;
}

function copyItem(item: unknown, name: string, level: number, freeze: boolean): unknown {
  return typeof item === 'object' ? copyObject(item, name, level + 1, freeze) : primitive(item, name);
}

/** `__proto__` is the only key that is not read back as it was written. */
function refuseKeys(value: object, name: string): void {
  if (Object.hasOwn(value, '__proto__')) throw notPlain(name, 'an object with the key "__proto__"');
}

/** Fields of a list besides its elements are not read back. */
function refuseFields(list: readonly unknown[], name: string): void {
  // Keys of elements come before all other keys.
  const last = Object.keys(list).at(-1);
  if (last !== undefined && !isElement(last)) throw notPlain(name, `a list with the field ${JSON.stringify(last)}`);
}

/** Whether this is the key of an element of a list. */
export function isElement(key: string): boolean {
  return String(Number(key) >>> 0) === key && Number(key) < 2 ** 32 - 1;
}

/** Refuses keys with unpaired surrogates: they do not survive UTF-8, and repaired keys could equal those of other fields. */
export function refuseHalves(key: string): void {
  if (!key.isWellFormed()) throw notPlain(key, 'a key with half a character');
}

function describe(value: object): string {
  const { constructor } = value;
  return typeof constructor === 'function' ? `a ${constructor.name}` : 'an object with a prototype of its own';
}

function notPlain(name: string, found: string): VarveError {
  return new VarveError('INVALID_VALUE', `${JSON.stringify(name)} is ${found}, which a model cannot hold.`, {
    found,
    expected: 'plain objects, arrays, texts, numbers, true, false, null, undefined, BigInt and Date',
    hint: 'Use plain data; a collection or dictionary instead of a Map or Set, a blob instead of bytes.',
  });
}

function tooDeep(name: string): VarveError {
  return new VarveError('INVALID_VALUE', `${JSON.stringify(name)} is nested too deep, or contains itself.`, {
    expected: `at most ${maxLevels} levels`,
    hint: 'Refer to other objects by their keys.',
  });
}
