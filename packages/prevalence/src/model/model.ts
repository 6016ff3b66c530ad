/** A model in memory: its tables, the transaction that changes them, and the two ways to access them. */
import { VarveError } from '@varve/core';
import { createIndex, type IndexDefinition } from '../indexes/index-definition.ts';
import { notUnique } from '../indexes/unique-index.ts';
import { Cell } from './cell.ts';
import { CollectionDraft, collectionMembers, CollectionReader } from './collection.ts';
import { dictionaryView, putEntry, replaceEntries } from './dictionary.ts';
import { DraftAccess, type ModelAccess, PublishedAccess } from './model-access.ts';
import type { CollectionDefinition, ModelDefinition, PartDefinition } from './model-types.ts';
import { frozenCopy } from './plain-value.ts';
import { Table } from './table.ts';
import { Transaction } from './transaction.ts';

/** The key of the only entry of a part that is a single value. */
const valueKey = 'value';

/** The name of the part that holds the values of an open model under other names than those of its parts. */
export const openPart = '';

const forbiddenNames: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype', openPart]);

export class Model {
  readonly definition: ModelDefinition;
  readonly transaction = new Transaction();
  readonly tables = new Map<string, Table>();
  /** What readers see. */
  readonly reader: object;
  /** What the handler of the running command sees. */
  readonly draft: object;
  /** The number of captures of all objects so far, which is the number of the last one. */
  captures = 0;
  /** The number of the next object that exists before the first command. */
  private nextInitialId = -(2 ** 31);
  readonly published = new PublishedAccess(this.transaction);

  /** With `isOpen` the model also accepts values under other names than those of its parts. */
  constructor(definition: ModelDefinition, isOpen = false) {
    this.definition = definition;
    for (const [name, part] of Object.entries(definition)) {
      checkPart(name, part);
      this.tables.set(name, createTable(name, part, this.transaction));
    }
    if (isOpen) this.tables.set(openPart, new Table({ name: openPart }, this.transaction));
    this.reader = this.view(this.published, false);
    this.draft = this.view(new DraftAccess(this.transaction), true);
  }

  /**
   * Gives a part its contents before the first command. These objects have lower numbers than those that commands
   * create, so that replayed commands create objects with the same numbers when the model has gained parts since.
   * `given` replaces the initial value of the definition; for a dictionary, it is an object of the entries.
   */
  initialize(name: string, given?: unknown): void {
    const part = this.definition[name];
    if (part === undefined || part.part === 'collection') return;
    const table = this.tables.get(name)!;
    const initial: unknown = given === undefined ? part.initial : given;
    if (part.part === 'value') {
      this.place(table, valueKey, frozenCopy(initial, name), this.nextInitialId++);
      return;
    }
    for (const [key, entry] of Object.entries(initial as object)) {
      this.place(table, key, frozenCopy(entry, key), this.nextInitialId++);
    }
  }

  /** Adds an object that existed before; no command is running. Throws `NOT_UNIQUE`, and the model is unusable then. */
  place(table: Table, key: string | number, value: unknown, id: number): void {
    if (table.cell(key) !== undefined) throw notUnique(table.name, table.keyField ?? 'key', key, key);
    const cell = new Cell(table, id, key, value);
    table.enterIndexes(cell);
    table.add(cell);
    this.transaction.nextId = Math.max(this.transaction.nextId, id + 1);
  }

  private view(access: ModelAccess, isDraft: boolean): object {
    const parts = {};
    for (const [name, part] of Object.entries(this.definition)) {
      Object.defineProperty(parts, name, this.property(part, this.tables.get(name)!, access, isDraft));
    }
    const open = this.tables.get(openPart);
    if (open === undefined) return Object.freeze(parts);
    return openView(parts, dictionaryView(open, access, isDraft));
  }

  private property(part: PartDefinition, table: Table, access: ModelAccess, isDraft: boolean): PropertyDescriptor {
    const common = { enumerable: true, configurable: false };
    switch (part.part) {
      case 'collection': {
        const View = isDraft ? CollectionDraft : CollectionReader;
        return { ...common, value: new View(table, access, part), writable: false };
      }
      case 'dictionary': {
        const view = dictionaryView(table, access, isDraft);
        if (!isDraft) return { ...common, value: view, writable: false };
        return {
          ...common,
          get: () => view,
          set: (entries: object) => writing(access, () => replaceEntries(table, entries)),
        };
      }
      default: {
        const get = (): unknown => {
          access.assertUsable();
          return access.present(table.cell(valueKey)!);
        };
        if (!isDraft) return { ...common, get };
        return { ...common, get, set: (given: unknown) => writing(access, () => putEntry(table, valueKey, given)) };
      }
    }
  }
}

function writing(access: ModelAccess, write: () => void): void {
  access.assertUsable();
  write();
}

/** The parts, and for all other names the other values. */
function openView(parts: object, others: object): object {
  const owner = (key: string | symbol): object => (Object.hasOwn(parts, key) ? parts : others);
  return new Proxy(
    {},
    {
      get: (_target, key) => Reflect.get(owner(key), key) as unknown,
      set: (_target, key, value) => Reflect.set(owner(key), key, value),
      has: (_target, key) => Reflect.has(owner(key), key),
      deleteProperty: (_target, key) => Reflect.deleteProperty(owner(key), key),
      ownKeys: () => [...Reflect.ownKeys(parts), ...Reflect.ownKeys(others)],
      getOwnPropertyDescriptor: (_target, key) => {
        const found = Reflect.getOwnPropertyDescriptor(owner(key), key);
        if (found === undefined) return undefined;
        return { value: Reflect.get(owner(key), key) as unknown, writable: true, enumerable: true, configurable: true };
      },
      defineProperty: () => false,
      setPrototypeOf: () => false,
      preventExtensions: () => false,
    },
  );
}

function createTable(name: string, part: PartDefinition, transaction: Transaction): Table {
  if (part.part !== 'collection') return new Table({ name }, transaction);
  const indexes = new Map(
    Object.entries(part.indexes ?? {}).map(([indexName, definition]) => [
      indexName,
      createIndex(indexName, definition),
    ]),
  );
  return new Table({ name, keyField: part.key, indexes }, transaction);
}

function checkPart(name: string, part: unknown): void {
  const kinds = ['collection', 'dictionary', 'value'];
  const isPart = typeof part === 'object' && part !== null && 'part' in part && kinds.includes(String(part.part));
  if (!isPart || forbiddenNames.has(name)) {
    throw new VarveError('INVALID_OPTION', `${JSON.stringify(name)} is no part that a model can have.`, {
      found: part,
      expected: 'collection<Item>()({ ... }), dictionary() or value(initial), under a name of its own',
      hint: 'For example: { users: collection<User>()({ key: "id" }) }.',
    });
  }
  if ((part as PartDefinition).part === 'collection') checkIndexes(name, part as CollectionDefinition);
}

function checkIndexes(name: string, { indexes = {} }: CollectionDefinition): void {
  for (const [indexName, definition] of Object.entries<IndexDefinition | undefined>(indexes)) {
    const isKnown = typeof definition?.kind === 'string';
    if (isKnown && !collectionMembers.has(indexName)) continue;
    throw new VarveError(
      'INVALID_OPTION',
      `The collection ${name} cannot have an index ${JSON.stringify(indexName)}.`,
      {
        found: definition,
        expected: `unique, uniqueString, hash, hashList, kind, array, range or category, and a name that a collection does not have itself`,
        hint: 'For example: { byStatus: hash("status") }.',
      },
    );
  }
}
