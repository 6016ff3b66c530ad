/**
 * What a matcher may look like. An object matcher is data: it can be stored, compared and evaluated without running
 * anybody's code. A function can express more, and is only ever run when the user gave it, or vouched for it by a
 * secret. For users: docs/conditions.md.
 */
import type { EventMetadata } from '../storage/event-metadata.ts';

/** A value that a property is compared with: plain data. */
export type MatcherValue =
  string | number | boolean | null | readonly MatcherValue[] | { readonly [property: string]: MatcherValue };

/** Comparisons of one property; all that are given must hold. */
export interface MatcherOperators {
  /** Equal, arrays and objects compared by their contents. */
  readonly $eq?: MatcherValue;
  /** Not equal; also holds for a missing property. */
  readonly $ne?: MatcherValue;
  /** Greater and less: numbers compare with numbers, strings with strings, nothing else. */
  readonly $gt?: number | string;
  readonly $gte?: number | string;
  readonly $lt?: number | string;
  readonly $lte?: number | string;
  /** The property is an array, and this is in it. */
  readonly $has?: MatcherValue;
  /** The property is an array, and at least one of these is in it. */
  readonly $hasAny?: readonly MatcherValue[];
}

/** What one property must be: a value, one of several (an array means OR), comparisons, or an object that matches. */
export type MatcherCondition =
  string | number | boolean | null | MatcherOperators | ObjectMatcher | readonly MatcherCondition[];

/** All the named properties must match; the object may have others. */
export interface ObjectMatcher {
  readonly [property: string]: MatcherCondition;
}

/** Payloads without a declared type: any property may be named, and compared with anything. */
type Untyped<Payload> = unknown extends Payload ? true : string extends keyof Payload ? true : false;

/** The names of the properties that any of the types has, and what they may hold. */
type PropertyOf<Payload> = Payload extends unknown ? keyof Payload & string : never;
type ValueOf<Payload, Property> = Payload extends unknown
  ? Property extends keyof Payload
    ? NonNullable<Payload[Property]>
    : never
  : never;

/** The operators, with values that the property can have. */
interface OperatorsOf<Value> {
  readonly $eq?: Value | null;
  readonly $ne?: Value | null;
  readonly $gt?: Extract<Value, number | string>;
  readonly $gte?: Extract<Value, number | string>;
  readonly $lt?: Extract<Value, number | string>;
  readonly $lte?: Extract<Value, number | string>;
  readonly $has?: Value extends readonly (infer Item)[] ? Item : never;
  readonly $hasAny?: Value extends readonly (infer Item)[] ? readonly Item[] : never;
}

type ConditionOf<Value> = unknown extends Value
  ? MatcherCondition
  : | Extract<Value, string | number | boolean>
    | null
    | OperatorsOf<Value>
    | (Value extends readonly unknown[] ? never : Value extends object ? ObjectMatcherOf<Value> : never)
    | readonly ConditionOf<Value>[];

/** An object matcher for payloads of these types: it names properties that one of them has, and values they can have. */
export type ObjectMatcherOf<Payload> =
  Untyped<Payload> extends true
    ? ObjectMatcher
    : { readonly [Property in PropertyOf<Payload>]?: ConditionOf<ValueOf<Payload, Property>> };

/**
 * Decides whether an event belongs; receives the event as it was committed, its metadata, and the name of its write
 * stream.
 */
export type MatcherFunction<Payload = Record<string, unknown>> = (
  event: Payload,
  metadata: EventMetadata,
  stream: string,
) => unknown;

/** Which events belong to a derived stream: all those whose payload matches. */
export type Matcher<Payload = Record<string, unknown>> = ObjectMatcherOf<Payload> | MatcherFunction<Payload>;
