/**
 * Checks an object matcher, and converts it to the canonical form that is stored and compared: sorted names, sorted
 * alternatives without repetition, and the shorter of two equivalent notations.
 */
import { VarveError } from '../errors.ts';
import type { MatcherValue } from './matcher.ts';

/** A checked matcher of an object: by property, what it must be. */
export interface CanonicalObject {
  readonly [property: string]: CanonicalCondition;
}

export type CanonicalCondition = string | number | boolean | null | CanonicalObject | readonly CanonicalCondition[];

/** The operators, with what they take. */
const operands: Readonly<Record<string, { readonly takes: string; accepts(value: unknown): boolean }>> = {
  $eq: { takes: 'plain data', accepts: () => true },
  $ne: { takes: 'plain data', accepts: () => true },
  $gt: { takes: 'a number or a string', accepts: isComparable },
  $gte: { takes: 'a number or a string', accepts: isComparable },
  $lt: { takes: 'a number or a string', accepts: isComparable },
  $lte: { takes: 'a number or a string', accepts: isComparable },
  $has: { takes: 'plain data', accepts: () => true },
  $hasAny: { takes: 'an array that is not empty', accepts: (value) => Array.isArray(value) && value.length > 0 },
};

/** Deeper nesting than this is treated as a mistake, such as a cycle. */
const maxDepth = 32;

/** The canonical form of an object matcher. Throws `INVALID_MATCHER`, naming the property at fault. */
export function canonicalMatcher(matcher: unknown): CanonicalObject {
  if (!isPlainObject(matcher)) throw invalid('', 'an object matcher must be a plain object', matcher);
  if (isOperators(matcher, '')) throw invalid('', 'an operator needs a property that it compares', matcher);
  return canonicalObject(matcher, '', 0);
}

/** Whether all keys of a canonical object are operators; an object without keys matches any object. */
export function hasOperators(condition: CanonicalObject): boolean {
  return Object.keys(condition)[0]?.startsWith('$') === true;
}

function canonicalObject(matcher: Record<string, unknown>, path: string, depth: number): CanonicalObject {
  const entries = Object.keys(matcher)
    .toSorted()
    .filter((key) => matcher[key] !== undefined)
    .map((key) => [key, canonicalCondition(matcher[key], path === '' ? key : `${path}.${key}`, depth + 1)] as const);
  return Object.fromEntries(entries);
}

function canonicalCondition(condition: unknown, path: string, depth: number): CanonicalCondition {
  if (depth > maxDepth) throw invalid(path, `it is nested deeper than ${maxDepth} levels`, undefined);
  if (isPrimitive(condition)) return condition;
  if (Array.isArray(condition)) return canonicalAlternatives(condition, path, depth);
  if (!isPlainObject(condition)) throw invalid(path, 'only plain data can be compared with', condition);
  if (!isOperators(condition, path)) return canonicalObject(condition, path, depth);
  return canonicalOperators(condition, path);
}

function canonicalAlternatives(list: readonly unknown[], path: string, depth: number): CanonicalCondition {
  if (list.length === 0) throw invalid(path, 'an array means "one of", and this one is empty', list);
  const byText = new Map<string, CanonicalCondition>();
  for (const item of list) {
    const condition = canonicalCondition(item, path, depth + 1);
    byText.set(JSON.stringify(condition), condition);
  }
  const distinct = [...byText.keys()].toSorted().map((text) => byText.get(text)!);
  return distinct.length === 1 ? distinct[0]! : distinct;
}

function canonicalOperators(operators: Record<string, unknown>, path: string): CanonicalCondition {
  const entries: (readonly [string, CanonicalCondition])[] = [];
  for (const name of Object.keys(operators).toSorted()) {
    const operand = operators[name];
    const rule = Object.hasOwn(operands, name) ? operands[name]! : undefined;
    if (rule === undefined) throw invalid(path, `there is no operator ${name}`, name);
    if (!rule.accepts(operand)) throw invalid(path, `${name} takes ${rule.takes}`, operand);
    entries.push([name, canonicalValue(operand, path, 0)]);
  }
  const [first] = entries;
  if (entries.length === 1 && first![0] === '$eq' && isPrimitive(first![1])) return first![1];
  return Object.fromEntries(entries);
}

/** Plain data with the names of objects sorted; the order of arrays is kept, because it is significant. */
function canonicalValue(value: unknown, path: string, depth: number): MatcherValue {
  if (depth > maxDepth) throw invalid(path, `it is nested deeper than ${maxDepth} levels`, undefined);
  if (isPrimitive(value)) return value;
  if (Array.isArray(value)) return value.map((item) => canonicalValue(item, path, depth + 1));
  if (!isPlainObject(value)) throw invalid(path, 'only plain data can be compared with', value);
  const keys = Object.keys(value).toSorted();
  return Object.fromEntries(keys.map((key) => [key, canonicalValue(value[key], path, depth + 1)]));
}

function isOperators(object: Record<string, unknown>, path: string): boolean {
  const keys = Object.keys(object);
  const count = keys.filter((key) => key.startsWith('$')).length;
  if (count > 0 && count < keys.length) throw invalid(path, 'operators and properties cannot be mixed', keys);
  return count > 0;
}

function isPrimitive(value: unknown): value is string | number | boolean | null {
  if (typeof value === 'number') return Number.isFinite(value);
  return value === null || typeof value === 'string' || typeof value === 'boolean';
}

function isComparable(value: unknown): boolean {
  return isPrimitive(value) && value !== null && typeof value !== 'boolean';
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function invalid(path: string, reason: string, found: unknown): VarveError {
  const where = path === '' ? 'A matcher' : `The matcher of the property ${JSON.stringify(path)}`;
  return new VarveError('INVALID_MATCHER', `${where} cannot be used: ${reason}.`, {
    found,
    hint: `Use strings, finite numbers, booleans, null, arrays of alternatives, objects, or ${Object.keys(operands).join(' ')}.`,
  });
}
