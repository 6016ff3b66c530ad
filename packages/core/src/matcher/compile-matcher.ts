/** Compiles a canonical matcher to a predicate, once; the matcher is not consulted afterwards, and no code is evaluated. */
import { isDeepStrictEqual } from 'node:util';
import { type CanonicalCondition, type CanonicalObject, hasOperators } from './canonical-matcher.ts';

export type Predicate = (value: unknown) => boolean;

/** The predicate of a matcher in canonical form: true for objects whose properties match. */
export function compileMatcher(matcher: CanonicalObject): Predicate {
  const keys = Object.keys(matcher);
  const tests = keys.map((key) => compileCondition(matcher[key]!));
  return (value) => {
    if (typeof value !== 'object' || value === null) return false;
    for (let index = 0; index < keys.length; index++) {
      if (!tests[index]!(propertyOf(value, keys[index]!))) return false;
    }
    return true;
  };
}

/** A property of the object itself, as it will be stored: inherited ones do not count. */
export function propertyOf(object: object, key: string): unknown {
  return Object.hasOwn(object, key) ? (object as Record<string, unknown>)[key] : undefined;
}

function compileCondition(condition: CanonicalCondition): Predicate {
  if (isList(condition)) return compileAlternatives(condition);
  if (typeof condition !== 'object' || condition === null) return (value) => value === condition;
  return hasOperators(condition) ? compileOperators(condition) : compileMatcher(condition);
}

function compileAlternatives(list: readonly CanonicalCondition[]): Predicate {
  const plain = new Set<unknown>(list.filter((item) => typeof item !== 'object' || item === null));
  const others = list.filter((item) => !plain.has(item)).map(compileCondition);
  return (value) => plain.has(value) || others.some((test) => test(value));
}

function compileOperators(operators: CanonicalObject): Predicate {
  const tests = Object.entries(operators).map(([name, operand]) => compileOperator(name, operand));
  return tests.length === 1 ? tests[0]! : (value) => tests.every((test) => test(value));
}

function compileOperator(name: string, operand: CanonicalCondition): Predicate {
  switch (name) {
    case '$eq':
      return isEqualTo(operand);
    case '$ne': {
      const isEqual = isEqualTo(operand);
      return (value) => !isEqual(value);
    }
    case '$has': {
      const isEqual = isEqualTo(operand);
      return (value) => Array.isArray(value) && value.some(isEqual);
    }
    case '$hasAny': {
      const tests = (operand as readonly CanonicalCondition[]).map(isEqualTo);
      return (value) => Array.isArray(value) && value.some((item) => tests.some((test) => test(item)));
    }
    default:
      return compileComparison(name, operand as number | string);
  }
}

function compileComparison(name: string, operand: number | string): Predicate {
  const type = typeof operand;
  const holds = comparisons[name]!;
  return (value) => typeof value === type && holds(value as number | string, operand);
}

const comparisons: Readonly<Record<string, (left: number | string, right: number | string) => boolean>> = {
  $gt: (left, right) => left > right,
  $gte: (left, right) => left >= right,
  $lt: (left, right) => left < right,
  $lte: (left, right) => left <= right,
};

function isEqualTo(operand: CanonicalCondition): Predicate {
  if (typeof operand !== 'object' || operand === null) return (value) => value === operand;
  return (value) => typeof value === 'object' && value !== null && isDeepStrictEqual(plainCopy(value), operand);
}

/** The form that an object of a class has once it was stored. */
function plainCopy(value: object): unknown {
  return Array.isArray(value) ? value.map(plainItem) : mapValues(value);
}

function plainItem(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? plainCopy(value) : value;
}

function mapValues(value: object): object {
  return Object.fromEntries(Object.entries(value).map(([key, item]: [string, unknown]) => [key, plainItem(item)]));
}

function isList(condition: CanonicalCondition): condition is readonly CanonicalCondition[] {
  return Array.isArray(condition);
}
