/**
 * How each kind of index is read, inside a command or outside: the same functions return drafts inside and frozen
 * objects outside. Docs: docs/prevalence.md, "Indexes".
 */
import type { Cell } from '../model/cell.ts';
import { FrozenDate } from '../model/frozen-date.ts';
import type { ModelAccess } from '../model/model-access.ts';
import type { HashIndex } from './hash-index.ts';
import type {
  ArrayDefinition,
  CategoryDefinition,
  HashDefinition,
  HashListDefinition,
  IndexDefinition,
  KindDefinition,
  RangeDefinition,
  UniqueDefinition,
} from './index-definition.ts';
import { stepsOf, textTerm } from './index-definition.ts';
import { RangeIndex, type RangeOptions } from './range-index.ts';
import { fieldOf, isMissing, type TableIndex, termOf, tupleTerm } from './table-index.ts';
import { UniqueIndex } from './unique-index.ts';

/** An index in which a value has at most one object. */
export interface UniqueReader<Value, Item> {
  /** The number of objects in the index: those that have a value. */
  readonly size: number;
  get(value: Value): Item | undefined;
  has(value: Value): boolean;
  /** The existing values, in the order in which their objects were created. */
  keys(): Value[];
  /** The objects, in the order in which they were created. */
  values(): Item[];
}

/** An index in which a value has any number of objects, in the order in which they were created. */
export interface HashReader<Value, Item> {
  get(value: Value): Item[];
  has(value: Value): boolean;
  /** The number of objects with this value; takes the same time however many there are. */
  count(value: Value): number;
  /** The existing values, each at the place of its oldest object. */
  keys(): Value[];
  /** The objects that have a value, in the order in which they were created. */
  values(): Item[];
}

/** An index in the order of its values. */
export interface RangeReader<Value, Item> {
  /** The number of objects in the index: those that have a value. */
  readonly size: number;
  get(value: Value): Item[];
  /**
   * The objects of a range, in its order, each once. They are looked up one by one, so that reading the first ones does
   * not cost the whole range. The reading loop may change and delete these objects and others.
   */
  find(range?: RangeOptions<Value>): Generator<Item, undefined>;
  count(range?: RangeOptions<Value>): number;
  first(): Item | undefined;
  last(): Item | undefined;
  /** The distinct values, in order. */
  keys(): Value[];
  /** The objects, in the order of their values. */
  values(): Item[];
}

/** An index of a tree: a category also has the objects of all categories below it. */
export interface CategoryReader<Item> {
  get(path: string | readonly string[]): Item[];
  has(path: string | readonly string[]): boolean;
  count(path: string | readonly string[]): number;
  /** The paths of all categories that have objects. */
  keys(): string[][];
  /** The objects that have a category, in the order in which they were created. */
  values(): Item[];
}

/** The values of a field, as an index takes and returns them. */
type ValueOf<Source, Field> = Field extends keyof Source ? NonNullable<Source[Field]> : never;
type ElementOf<List> = List extends readonly (infer Element)[] ? NonNullable<Element> : never;
type TupleOf<Source, Fields extends readonly string[]> = {
  readonly [Place in keyof Fields]: ValueOf<Source, Fields[Place]>;
};

/** How an index of a collection of `Source` is read when its objects are seen as `Item`. */
export type IndexReader<Source, Item, Definition extends IndexDefinition> =
  Definition extends UniqueDefinition<infer Field>
    ? UniqueReader<ValueOf<Source, Field>, Item>
    : Definition extends HashDefinition<infer Field> | KindDefinition<infer Field>
      ? HashReader<ValueOf<Source, Field>, Item>
      : Definition extends HashListDefinition<infer Field>
        ? HashReader<ElementOf<ValueOf<Source, Field>>, Item>
        : Definition extends RangeDefinition<infer Field>
          ? RangeReader<ValueOf<Source, Field>, Item>
          : Definition extends CategoryDefinition
            ? CategoryReader<Item>
            : Definition extends ArrayDefinition<infer Fields, infer Unique>
              ? Unique extends true
                ? UniqueReader<TupleOf<Source, Fields>, Item>
                : HashReader<TupleOf<Source, Fields>, Item>
              : never;

/** Converts a requested value to a term, and the term of an object to the value it was made from. */
interface Terms {
  termOf(value: unknown): unknown;
  valueOf(term: unknown, object: object): unknown;
}

class CellReader {
  protected readonly access: ModelAccess;

  constructor(access: ModelAccess) {
    this.access = access;
  }

  protected present(cells: Iterable<Cell>): unknown[] {
    const { access } = this;
    access.assertUsable();
    const objects: unknown[] = [];
    for (const cell of cells) objects.push(access.present(cell));
    return objects;
  }
}

class UniqueIndexReader extends CellReader implements UniqueReader<unknown, unknown> {
  private readonly index: UniqueIndex;
  private readonly terms: Terms;

  constructor(index: UniqueIndex, terms: Terms, access: ModelAccess) {
    super(access);
    this.index = index;
    this.terms = terms;
  }

  get size(): number {
    this.access.assertUsable();
    return this.index.size;
  }

  get(value: unknown): unknown {
    this.access.assertUsable();
    const cell = isMissing(value) ? undefined : this.index.find(this.terms.termOf(value));
    return cell === undefined ? undefined : this.access.present(cell);
  }

  has(value: unknown): boolean {
    this.access.assertUsable();
    return !isMissing(value) && this.index.find(this.terms.termOf(value)) !== undefined;
  }

  keys(): unknown[] {
    this.access.assertUsable();
    return this.index.terms().map(([term, cell]) => this.terms.valueOf(term, cell.latest as object));
  }

  values(): unknown[] {
    return this.present(this.index.all());
  }
}

class HashIndexReader extends CellReader implements HashReader<unknown, unknown> {
  private readonly index: HashIndex;
  private readonly terms: Terms;

  constructor(index: HashIndex, terms: Terms, access: ModelAccess) {
    super(access);
    this.index = index;
    this.terms = terms;
  }

  get(value: unknown): unknown[] {
    return isMissing(value) ? [] : this.present(this.index.find(this.terms.termOf(value)));
  }

  has(value: unknown): boolean {
    return this.count(value) > 0;
  }

  count(value: unknown): number {
    this.access.assertUsable();
    return isMissing(value) ? 0 : this.index.count(this.terms.termOf(value));
  }

  keys(): unknown[] {
    this.access.assertUsable();
    return this.index.terms().map(([term, cell]) => this.terms.valueOf(term, cell.latest as object));
  }

  values(): unknown[] {
    return this.present(this.index.all());
  }
}

class RangeIndexReader extends CellReader implements RangeReader<unknown, unknown> {
  private readonly index: RangeIndex;

  constructor(index: RangeIndex, access: ModelAccess) {
    super(access);
    this.index = index;
  }

  get size(): number {
    this.access.assertUsable();
    return this.index.size;
  }

  get(value: unknown): unknown[] {
    return isMissing(value) ? [] : this.present(this.index.find({ from: value, to: value }));
  }

  *find(range: RangeOptions = {}): Generator<unknown, undefined> {
    this.access.assertUsable();
    for (const cell of this.index.find(range)) yield this.access.present(cell);
    return undefined;
  }

  count(range: RangeOptions = {}): number {
    this.access.assertUsable();
    return this.index.count(range);
  }

  first(): unknown {
    return this.present(this.index.find({ limit: 1 }))[0];
  }

  last(): unknown {
    return this.present(this.index.find({ limit: 1, reverse: true }))[0];
  }

  keys(): unknown[] {
    this.access.assertUsable();
    return this.index.terms().map(([term, cell]) => asGiven(term, fieldOf(cell.latest as object, this.index.field)));
  }

  values(): unknown[] {
    return this.present(this.index.find({}));
  }
}

/** The reader of an index for readers that use `access`. */
export function createIndexReader(definition: IndexDefinition, index: TableIndex, access: ModelAccess): object {
  if (index instanceof RangeIndex) return new RangeIndexReader(index, access);
  const terms = termsOf(definition);
  if (index instanceof UniqueIndex) return new UniqueIndexReader(index, terms, access);
  return new HashIndexReader(index as HashIndex, terms, access);
}

function termsOf(definition: IndexDefinition): Terms {
  if (definition.kind === 'array') {
    const { fields } = definition;
    return {
      termOf: (values) => tupleTerm((values as unknown[]).map((value, place) => termOf(value, fields[place]!))),
      valueOf: (_term, object) => fields.map((field) => fieldOf(object, field)),
    };
  }
  const { field } = definition;
  const asInField = (term: unknown, object: object): unknown => asGiven(term, fieldOf(object, field));
  switch (definition.kind) {
    case 'category':
      return {
        termOf: (path) => tupleTerm(stepsOf(path, field)),
        // The term belongs to the object's category or to an ancestor of it: the value is the shortest path that makes
        // the term.
        valueOf: (term, object) => {
          const steps = stepsOf(fieldOf(object, field), field);
          const count = steps.findIndex((_step, place) => tupleTerm(steps.slice(0, place + 1)) === term);
          return steps.slice(0, count + 1);
        },
      };
    case 'unique':
      return {
        termOf: (value) => textTerm(value, definition),
        valueOf: definition.text === undefined ? asInField : (_term, object) => fieldOf(object, field),
      };
    default:
      return { termOf: (value) => termOf(value, field), valueOf: asInField };
  }
}

/** Dates are compared by their milliseconds: the field of an object shows whether a numeric term is a date. */
function asGiven(term: unknown, held: unknown): unknown {
  if (typeof term !== 'number') return term;
  const isDate = (Array.isArray(held) ? held.find((item) => isTermOf(term, item)) : held) instanceof Date;
  return isDate ? FrozenDate.from(new Date(term)) : term;
}

function isTermOf(term: number, item: unknown): boolean {
  return item === term || (item instanceof Date && item.getTime() === term);
}
