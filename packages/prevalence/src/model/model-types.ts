/** The types of models: definitions, and what readers and handlers see of them. */
import type { IndexDefinition } from '../indexes/index-definition.ts';
import type { IndexReader } from '../indexes/index-reader.ts';

/** The names of an object's fields. */
type FieldOf<Item> = keyof Item & string;

export interface CollectionOptions<
  Item extends object = object,
  KeyField extends string | undefined = string | undefined,
  Indexes extends Readonly<Record<string, IndexDefinition>> = Readonly<Record<string, IndexDefinition>>,
  Transient extends object = object,
> {
  /** The field that identifies objects, a text or number. Without one, objects are identified by their numbers. */
  readonly key?: KeyField;
  /** The indexes by name: `hash('status')` and the like. They are never stored, and always up to date. */
  readonly indexes?: Indexes & CheckedIndexes<Item, Indexes>;
  /** Makes the fields that are kept with an object while the process runs, and are neither journaled nor in snapshots. */
  readonly transient?: () => Transient;
}

/** The same indexes if the objects have their fields; otherwise a type that does not compile. */
type CheckedIndexes<Item, Indexes> = {
  readonly [Name in keyof Indexes]: FieldsOfIndex<Indexes[Name]> extends FieldOf<Item>
    ? Indexes[Name]
    : { readonly 'this field is not one of': FieldOf<Item> };
};

type FieldsOfIndex<Definition> = Definition extends { readonly field: infer Field }
  ? Field
  : Definition extends { readonly fields: readonly (infer Field)[] }
    ? Field
    : never;

export interface CollectionDefinition<
  Item extends object = object,
  KeyField extends string | undefined = string | undefined,
  Indexes extends Readonly<Record<string, IndexDefinition>> = Readonly<Record<string, IndexDefinition>>,
  Transient extends object = object,
> {
  readonly part: 'collection';
  readonly key?: KeyField;
  readonly indexes?: Indexes;
  readonly transient?: () => Transient;
  /** For types only: the property does not exist. */
  readonly item?: Item;
}

export interface DictionaryDefinition<Value = unknown> {
  readonly part: 'dictionary';
  readonly initial: Readonly<Record<string, Value>>;
}

export interface ValueDefinition<Value = unknown> {
  readonly part: 'value';
  readonly initial: Value;
}

export type PartDefinition = CollectionDefinition | DictionaryDefinition | ValueDefinition;

/** The parts of a model by name. */
export type ModelDefinition = Readonly<Record<string, PartDefinition>>;

/** A date as readers see it: it cannot be set. */
export type ReadonlyDate = Omit<Date, `set${string}`>;

/** What readers see of a value: deeply read-only. */
export type Frozen<Value> = Value extends Date
  ? ReadonlyDate
  : Value extends readonly (infer Element)[]
    ? readonly Frozen<Element>[]
    : Value extends object
      ? { readonly [Field in keyof Value]: Frozen<Value[Field]> }
      : Value;

/** What a handler sees of an object: everything except its key can be changed. */
export type Draft<Item, KeyField = undefined> = KeyField extends keyof Item
  ? Omit<Item, KeyField> & Readonly<Pick<Item, KeyField>>
  : Item;

export type KeyOf<Item, KeyField> = KeyField extends keyof Item ? Item[KeyField] : number;

/** The common members of collections, whether their objects are drafts or frozen. */
export interface ObjectsByKey<View, KeyType> extends Iterable<View> {
  readonly size: number;
  get(key: KeyType): View | undefined;
  has(key: KeyType): boolean;
  /** The keys in the order in which the objects were created. */
  keys(): Generator<KeyType, undefined>;
  values(): Generator<View, undefined>;
  /** The object's number in the whole model, which no other object ever has. */
  idOf(key: KeyType): number | undefined;
  byId(id: number): View | undefined;
}

export interface CollectionReading<View, KeyType, Transient> extends ObjectsByKey<View, KeyType> {
  /** Fields that are kept with the object as long as this process runs and the object exists. They can be changed. */
  transient(key: KeyType): Transient | undefined;
}

export interface CollectionDrafting<Item, View, KeyType> extends ObjectsByKey<View, KeyType> {
  /** Adds a new object, which is frozen, and returns its draft. Throws `NOT_UNIQUE` with nothing changed. */
  insert(object: Item): View;
  /** Adds an object, or replaces the one with its key. Throws `NOT_UNIQUE`. */
  put(object: Item): View;
  /** Deletes the object; its drafts can no longer be used. Returns false when there is none with this key. */
  delete(key: KeyType): boolean;
  clear(): void;
}

type IndexesOf<Item, View, Indexes extends Readonly<Record<string, IndexDefinition>>> = [Indexes] extends [never]
  ? unknown
  : { readonly [Name in keyof Indexes]: IndexReader<Item, View, Indexes[Name]> };

export type PartReader<Part> =
  Part extends CollectionDefinition<infer Item, infer KeyField, infer Indexes, infer Transient>
    ? CollectionReading<Frozen<Item>, KeyOf<Item, KeyField>, Transient> & IndexesOf<Item, Frozen<Item>, Indexes>
    : Part extends DictionaryDefinition<infer Value>
      ? { readonly [key: string]: Frozen<Value> | undefined }
      : Part extends ValueDefinition<infer Value>
        ? Frozen<Value>
        : never;

export type PartDraft<Part> =
  Part extends CollectionDefinition<infer Item, infer KeyField, infer Indexes>
    ? CollectionDrafting<Item, Draft<Item, KeyField>, KeyOf<Item, KeyField>> &
        IndexesOf<Item, Draft<Item, KeyField>, Indexes>
    : Part extends DictionaryDefinition<infer Value>
      ? Record<string, Value>
      : Part extends ValueDefinition<infer Value>
        ? Value
        : never;

/** The names of the parts that a handler may assign as a whole. */
type AssignableParts<Model> = {
  [Name in keyof Model]: Model[Name] extends CollectionDefinition ? never : Name;
}[keyof Model];

/** The model as readers see it. */
export type ModelReader<Model> = { readonly [Name in keyof Model]: PartReader<Model[Name]> };

/** The model as the handler of a command sees it. */
export type ModelDraft<Model> = {
  readonly [Name in Exclude<keyof Model, AssignableParts<Model>>]: PartDraft<Model[Name]>;
} & { [Name in AssignableParts<Model>]: PartDraft<Model[Name]> };
