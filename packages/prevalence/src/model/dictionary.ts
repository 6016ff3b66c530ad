/**
 * Dictionaries: values of any kind by text, read and written like the properties of a plain object. Each value is a
 * separate object of the model, so that changing one of many costs no more than changing one of few.
 */
import { adopt, looseCopy, refuseHalves } from './plain-value.ts';
import type { DictionaryDefinition, ValueDefinition } from './model-types.ts';
import { type ModelAccess, outsideCommand } from './model-access.ts';
import type { Table } from './table.ts';

/** Values of the type `Value` by text, initially those of `initial`. */
export function dictionary<Value>(initial: Readonly<Record<string, Value>> = {}): DictionaryDefinition<Value> {
  return { part: 'dictionary', initial: looseCopy(initial, 'initial') as Record<string, Value> };
}

/** One value, initially `initial`: a counter, settings, a small object. */
export function value<Value>(initial: Value): ValueDefinition<Value> {
  return { part: 'value', initial: looseCopy(initial, 'initial') as Value };
}

/** A dictionary as an object; writable with `isDraft`. */
export function dictionaryView(table: Table, access: ModelAccess, isDraft: boolean): object {
  const traps = new DictionaryTraps(table, access);
  return new Proxy({}, isDraft ? new DictionaryDraftTraps(table, access) : traps);
}

class DictionaryTraps implements ProxyHandler<object> {
  protected readonly table: Table;
  protected readonly access: ModelAccess;

  constructor(table: Table, access: ModelAccess) {
    this.table = table;
    this.access = access;
  }

  get(target: object, key: string | symbol): unknown {
    this.access.assertUsable();
    const cell = typeof key === 'string' ? this.table.cell(key) : undefined;
    return cell === undefined ? (Reflect.get(target, key) as unknown) : this.access.present(cell);
  }

  has(target: object, key: string | symbol): boolean {
    this.access.assertUsable();
    return (typeof key === 'string' && this.table.cell(key) !== undefined) || Reflect.has(target, key);
  }

  ownKeys(): string[] {
    this.access.assertUsable();
    return Array.from(this.table.visible(), ({ key }) => String(key));
  }

  getOwnPropertyDescriptor(_target: object, key: string | symbol): PropertyDescriptor | undefined {
    this.access.assertUsable();
    const cell = typeof key === 'string' ? this.table.cell(key) : undefined;
    if (cell === undefined) return undefined;
    return { value: this.access.present(cell), writable: true, enumerable: true, configurable: true };
  }

  set(_target: object, _key: string | symbol, _value: unknown): boolean {
    throw outsideCommand();
  }

  deleteProperty(_target: object, _key: string | symbol): boolean {
    throw outsideCommand();
  }

  defineProperty(): boolean {
    throw outsideCommand();
  }

  setPrototypeOf(): boolean {
    throw outsideCommand();
  }

  preventExtensions(): boolean {
    throw outsideCommand();
  }
}

class DictionaryDraftTraps extends DictionaryTraps {
  override set(_target: object, key: string | symbol, given: unknown): boolean {
    this.access.assertUsable();
    if (typeof key !== 'string' || key === '__proto__') return false;
    putEntry(this.table, key, given);
    return true;
  }

  override deleteProperty(_target: object, key: string | symbol): boolean {
    this.access.assertUsable();
    const cell = typeof key === 'string' ? this.table.cell(key) : undefined;
    if (cell !== undefined) this.table.transaction.delete(cell);
    return true;
  }
}

/** Sets the entry of a table whose objects have no key field. */
export function putEntry(table: Table, key: string, given: unknown): void {
  refuseHalves(key);
  placeEntry(table, key, adopt(given, key));
}

/** `taken` is frozen. An entry that is this same object already stays: it was not changed. */
function placeEntry(table: Table, key: string, taken: unknown): void {
  const cell = table.cell(key);
  if (cell === undefined) table.transaction.insert(table, key, taken);
  else if (!Object.is(cell.latest, taken)) table.transaction.replace(cell, taken);
}

/** Replaces all existing entries by these. */
export function replaceEntries(table: Table, entries: object): void {
  const taken = adopt({ ...entries }, table.name) as Readonly<Record<string, unknown>>;
  for (const cell of Array.from(table.visible())) {
    if (!Object.hasOwn(taken, cell.key)) table.transaction.delete(cell);
  }
  for (const [key, entry] of Object.entries(taken)) placeEntry(table, key, entry);
}
