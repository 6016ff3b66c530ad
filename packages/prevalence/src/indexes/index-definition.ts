/** The indexes that a collection can have, as its definition declares them, and how each derives terms from an object. */
import { VarveError } from '@varve/core';
import { HashIndex } from './hash-index.ts';
import { RangeIndex } from './range-index.ts';
import { fieldOf, isMissing, noTerms, type TableIndex, termOf, tupleTerm } from './table-index.ts';
import { UniqueIndex } from './unique-index.ts';

export interface UniqueDefinition<Field extends string = string> {
  readonly kind: 'unique';
  readonly field: Field;
  /** Whether the field holds texts only, and whether their case matters. */
  readonly text?: { readonly ignoreCase: boolean };
}

export interface HashDefinition<Field extends string = string> {
  readonly kind: 'hash';
  readonly field: Field;
}

export interface HashListDefinition<Field extends string = string> {
  readonly kind: 'hashList';
  readonly field: Field;
}

export interface KindDefinition<Field extends string = string> {
  readonly kind: 'kind';
  readonly field: Field;
  /** The parent of each kind, of which it is a special case. */
  readonly parents: Readonly<Record<string, string>>;
}

export interface ArrayDefinition<
  Fields extends readonly string[] = readonly string[],
  Unique extends boolean = boolean,
> {
  readonly kind: 'array';
  readonly fields: Fields;
  readonly isUnique: Unique;
}

export interface RangeDefinition<Field extends string = string> {
  readonly kind: 'range';
  readonly field: Field;
}

export interface CategoryDefinition<Field extends string = string> {
  readonly kind: 'category';
  readonly field: Field;
}

export type IndexDefinition =
  | UniqueDefinition
  | HashDefinition
  | HashListDefinition
  | KindDefinition
  | ArrayDefinition
  | RangeDefinition
  | CategoryDefinition;

/** No two objects have the same value in this field. */
export function unique<const Field extends string>(field: Field): UniqueDefinition<Field> {
  return { kind: 'unique', field };
}

/** No two objects have the same text in this field, which holds nothing else; `ignoreCase` treats `A` and `a` as the same. */
export function uniqueString<const Field extends string>(
  field: Field,
  { ignoreCase = false }: { readonly ignoreCase?: boolean } = {},
): UniqueDefinition<Field> {
  return { kind: 'unique', field, text: { ignoreCase } };
}

/** Objects by the value of this field. */
export function hash<const Field extends string>(field: Field): HashDefinition<Field> {
  return { kind: 'hash', field };
}

/** Objects by each element of the list in this field. */
export function hashList<const Field extends string>(field: Field): HashListDefinition<Field> {
  return { kind: 'hashList', field };
}

/** Objects by their kind and by all parents of that kind: `kind('type', { car: 'vehicle' })` finds cars under vehicles. */
export function kind<const Field extends string>(
  field: Field,
  parents: Readonly<Record<string, string>> = {},
): KindDefinition<Field> {
  return { kind: 'kind', field, parents: { ...parents } };
}

/** Objects by the values of several fields together; with `unique`, at most one object per combination. */
export function array<const Fields extends readonly string[], const Unique extends boolean = false>(
  fields: Fields,
  options: { readonly unique?: Unique } = {},
): ArrayDefinition<Fields, Unique> {
  return { kind: 'array', fields, isUnique: (options.unique ?? false) as Unique };
}

/** Objects in the order of this field, and those within a range of its values. */
export function range<const Field extends string>(field: Field): RangeDefinition<Field> {
  return { kind: 'range', field };
}

/**
 * Objects in a tree of categories: the field holds the path of one, such as `['vehicles', 'cars']` or
 * `'vehicles/cars'`, and objects are found in their category and in all its ancestors.
 */
export function category<const Field extends string>(field: Field): CategoryDefinition<Field> {
  return { kind: 'category', field };
}

/** The steps of a category's path. */
export function stepsOf(path: unknown, field: string): readonly string[] {
  const steps = typeof path === 'string' ? path.split('/') : path;
  if (Array.isArray(steps) && steps.every((step) => typeof step === 'string' && step !== '')) {
    return steps as readonly string[];
  }
  throw new VarveError('INVALID_VALUE', `The field ${JSON.stringify(field)} holds no category.`, {
    found: path,
    expected: 'a list of texts that are not empty, or one text with "/" between them',
    hint: 'For example: ["vehicles", "cars"].',
  });
}

export function createIndex(name: string, definition: IndexDefinition): TableIndex {
  switch (definition.kind) {
    case 'unique':
      return new UniqueIndex(name, [definition.field], uniqueTerms(definition));
    case 'hash':
      return new HashIndex([definition.field], (object) => fieldTerms(object, definition.field));
    case 'hashList':
      return new HashIndex([definition.field], (object) => listTerms(object, definition.field));
    case 'kind':
      return new HashIndex([definition.field], (object) => kindTerms(object, definition));
    case 'array': {
      const termsOf = (object: object): readonly unknown[] => arrayTerms(object, definition.fields);
      const { fields, isUnique } = definition;
      return isUnique ? new UniqueIndex(name, fields, termsOf) : new HashIndex(fields, termsOf);
    }
    case 'range':
      return new RangeIndex(definition.field);
    default:
      return new HashIndex([definition.field], (object) => categoryTerms(object, definition.field));
  }
}

/** The term of a unique text. */
export function textTerm(value: unknown, { field, text }: UniqueDefinition): unknown {
  if (text === undefined) return termOf(value, field);
  if (typeof value === 'string') return text.ignoreCase ? value.toLowerCase() : value;
  throw new VarveError('INVALID_VALUE', `The field ${JSON.stringify(field)} holds texts only.`, {
    found: value,
    expected: 'a text, null or undefined',
    hint: 'Use the index `unique` for values of other types.',
  });
}

function uniqueTerms(definition: UniqueDefinition): (object: object) => readonly unknown[] {
  return (object) => {
    const value = fieldOf(object, definition.field);
    return isMissing(value) ? noTerms : [textTerm(value, definition)];
  };
}

function fieldTerms(object: object, field: string): readonly unknown[] {
  const value = fieldOf(object, field);
  return isMissing(value) ? noTerms : [termOf(value, field)];
}

function listTerms(object: object, field: string): readonly unknown[] {
  const value = fieldOf(object, field);
  if (isMissing(value)) return noTerms;
  if (!Array.isArray(value)) {
    throw new VarveError('INVALID_VALUE', `The field ${JSON.stringify(field)} holds no list.`, {
      found: value,
      expected: 'a list of texts, numbers, BigInt, Date, true or false',
      hint: 'Use the index `hash` for a field of single values.',
    });
  }
  const terms = new Set<unknown>();
  for (const item of value as unknown[]) if (!isMissing(item)) terms.add(termOf(item, field));
  return [...terms];
}

function kindTerms(object: object, { field, parents }: KindDefinition): readonly unknown[] {
  const terms: unknown[] = [];
  let kindName = fieldOf(object, field);
  while (!isMissing(kindName) && !terms.includes(kindName)) {
    terms.push(termOf(kindName, field));
    kindName = typeof kindName === 'string' && Object.hasOwn(parents, kindName) ? parents[kindName] : undefined;
  }
  return terms;
}

function arrayTerms(object: object, fields: readonly string[]): readonly unknown[] {
  const values = fields.map((field) => fieldOf(object, field));
  return values.some(isMissing) ? noTerms : [tupleTerm(values.map((value, index) => termOf(value, fields[index]!)))];
}

function categoryTerms(object: object, field: string): readonly unknown[] {
  const path = fieldOf(object, field);
  if (isMissing(path)) return noTerms;
  const steps = stepsOf(path, field);
  return steps.map((_step, index) => tupleTerm(steps.slice(0, index + 1)));
}
