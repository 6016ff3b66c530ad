/**
 * Collections: objects of one type by key, with indexes. A definition describes the collection; each model has its own
 * reader and draft of it.
 */
import { VarveError } from '@varve/core';
import type { IndexDefinition } from '../indexes/index-definition.ts';
import { createIndexReader } from '../indexes/index-reader.ts';
import { notUnique } from '../indexes/unique-index.ts';
import { type Cell, isKey, type Key } from './cell.ts';
import type { CollectionDefinition, CollectionOptions } from './model-types.ts';
import type { ModelAccess } from './model-access.ts';
import { adopt } from './plain-value.ts';
import type { Table } from './table.ts';

/**
 * A collection of objects of the type `Item`: `collection<Item>()({ key: 'id', indexes: { byName: hash('name') } })`.
 * The empty call fixes the type; the second one infers the rest from its argument.
 */
export function collection<Item extends object>(): <
  const KeyField extends (keyof Item & string) | undefined = undefined,
  const Indexes extends Readonly<Record<string, IndexDefinition>> = never,
  Transient extends object = object,
>(
  options?: CollectionOptions<Item, KeyField, Indexes, Transient>,
) => CollectionDefinition<Item, KeyField, Indexes, Transient> {
  return (options = {}) => ({ ...options, part: 'collection' });
}

class CollectionView {
  readonly #table: Table;
  readonly #access: ModelAccess;

  constructor(table: Table, access: ModelAccess, definitions: Readonly<Record<string, IndexDefinition>>) {
    this.#table = table;
    this.#access = access;
    for (const [name, definition] of Object.entries(definitions)) {
      Object.defineProperty(this, name, { value: createIndexReader(definition, table.indexes.get(name)!, access) });
    }
  }

  get size(): number {
    this.#access.assertUsable();
    return this.#table.size;
  }

  get(key: Key): unknown {
    const cell = this.#find(key);
    return cell === undefined ? undefined : this.#access.present(cell);
  }

  has(key: Key): boolean {
    return this.#find(key) !== undefined;
  }

  *keys(): Generator<Key, undefined> {
    this.#access.assertUsable();
    for (const cell of this.#table.visible()) yield cell.key;
    return undefined;
  }

  *values(): Generator<unknown, undefined> {
    this.#access.assertUsable();
    for (const cell of this.#table.visible()) yield this.#access.present(cell);
    return undefined;
  }

  [Symbol.iterator](): Generator<unknown, undefined> {
    return this.values();
  }

  /** The object's number in the whole model, which no other object ever has. */
  idOf(key: Key): number | undefined {
    return this.#find(key)?.id;
  }

  byId(id: number): unknown {
    this.#access.assertUsable();
    const cell = this.#table.cellById(id);
    return cell === undefined ? undefined : this.#access.present(cell);
  }

  #find(key: Key): Cell | undefined {
    this.#access.assertUsable();
    return this.#table.cell(key);
  }
}

export class CollectionReader extends CollectionView {
  readonly #table: Table;
  readonly #access: ModelAccess;
  readonly #transient: (() => object) | undefined;
  readonly #transients = new WeakMap<Cell, object>();

  constructor(table: Table, access: ModelAccess, definition: CollectionDefinition) {
    super(table, access, definition.indexes ?? {});
    this.#table = table;
    this.#access = access;
    this.#transient = definition.transient;
    Object.freeze(this);
  }

  /** Fields that are kept with the object as long as this process runs and the object exists. */
  transient(key: Key): object | undefined {
    this.#access.assertUsable();
    const cell = this.#table.cell(key);
    if (cell === undefined) return undefined;
    let fields = this.#transients.get(cell);
    if (fields === undefined) {
      fields = this.#transient?.() ?? {};
      this.#transients.set(cell, fields);
    }
    return fields;
  }
}

export class CollectionDraft extends CollectionView {
  readonly #table: Table;
  readonly #access: ModelAccess;

  constructor(table: Table, access: ModelAccess, definition: CollectionDefinition) {
    super(table, access, definition.indexes ?? {});
    this.#table = table;
    this.#access = access;
    Object.freeze(this);
  }

  /** Adds a new object, which is frozen, and returns its draft. Throws `NOT_UNIQUE` with nothing changed. */
  insert(object: object): unknown {
    this.#access.assertUsable();
    return this.#add(this.#adopt(object));
  }

  #add(value: object): unknown {
    const table = this.#table;
    const key = table.keyField === undefined ? table.transaction.nextId : keyOf(value, table);
    if (table.cell(key) !== undefined) throw notUnique(table.name, table.keyField ?? 'key', key, key);
    return this.#access.present(table.transaction.insert(table, key, value));
  }

  /** Adds an object, or replaces the one with its key. */
  put(object: object): unknown {
    this.#access.assertUsable();
    const table = this.#table;
    const value = this.#adopt(object);
    if (table.keyField === undefined) throw noKey(table);
    const cell = table.cell(keyOf(value, table));
    if (cell === undefined) return this.#add(value);
    table.transaction.replace(cell, value);
    return this.#access.present(cell);
  }

  /** Deletes the object; its drafts can no longer be used. Returns false when there is none with this key. */
  delete(key: Key): boolean {
    this.#access.assertUsable();
    const cell = this.#table.cell(key);
    if (cell !== undefined) this.#table.transaction.delete(cell);
    return cell !== undefined;
  }

  clear(): void {
    for (const key of Array.from(this.keys())) this.delete(key);
  }

  #adopt(object: unknown): object {
    const value = adopt(object, this.#table.name);
    if (typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)) return value;
    throw new VarveError('INVALID_VALUE', `${this.#table.name} takes objects only.`, {
      found: object,
      expected: 'a plain object',
      hint: 'Wrap other values into an object, or keep them in a dictionary.',
    });
  }
}

/** Names that an index cannot have because they are members of every collection. */
export const collectionMembers: ReadonlySet<string> = new Set(
  [Object.prototype, CollectionView.prototype, CollectionReader.prototype, CollectionDraft.prototype].flatMap(
    (prototype) => Object.getOwnPropertyNames(prototype),
  ),
);

function keyOf(object: object, { keyField, name }: Table): Key {
  const key = (object as Readonly<Record<string, unknown>>)[keyField!];
  if (isKey(key)) return key;
  throw new VarveError('INVALID_VALUE', `An object of ${name} has no key in ${JSON.stringify(keyField)}.`, {
    found: key,
    expected: 'a text or number',
    hint: 'Give the object its key before it is inserted.',
  });
}

function noKey({ name }: Table): VarveError {
  return new VarveError('INVALID_VALUE', `Objects of ${name} have no key of their own.`, {
    hint: 'Define the collection with `key`, or use insert.',
  });
}
