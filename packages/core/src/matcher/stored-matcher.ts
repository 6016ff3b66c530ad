/**
 * Converts a matcher to the form that the catalog stores, and back. Objects are stored in canonical form, functions as
 * their source text with a fingerprint over the name of the stream and that text. Nothing that was stored is evaluated
 * unless its fingerprint matches a secret that the user set: whoever can write to the files cannot make the store run
 * code.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { runInThisContext, Script } from 'node:vm';
import { asynchronous, isPromise } from '../asynchronous.ts';
import { messageOf, VarveError } from '../errors.ts';
import type { DerivedDefinition } from '../storage/derived-indexes.ts';
import type { EventMetadata } from '../storage/event-metadata.ts';
import { canonicalMatcher } from './canonical-matcher.ts';
import { compileMatcher, type Predicate } from './compile-matcher.ts';
import type { MatcherFunction, ObjectMatcher } from './matcher.ts';

/** The definition of a derived stream, as the user gives it. */
export interface MatcherInput {
  readonly matcher: unknown;
  readonly metadata: ObjectMatcher | undefined;
}

/** Whether an event belongs; the metadata are built only when they are needed. */
export type EventTest = (event: object, metadata: () => EventMetadata, stream: string) => boolean;

/** The stored form of a matcher. Throws `INVALID_MATCHER`. */
export function storedMatcher(
  name: string,
  input: MatcherInput,
  secret: string | undefined,
): Omit<DerivedDefinition, 'backfill'> {
  const metadata = input.metadata === undefined ? {} : { metadata: canonicalMatcher(input.metadata) };
  if (typeof input.matcher !== 'function') {
    return { kind: 'matcher', matcher: canonicalMatcher(input.matcher), ...metadata };
  }
  const source = sourceOf(name, input.matcher as MatcherFunction);
  const fingerprint = secret === undefined ? {} : { fingerprint: fingerprintOf(name, source, secret) };
  return { kind: 'matcher', function: source, ...fingerprint, ...metadata };
}

/** Whether both define the same events; the fingerprint, which depends on the secret, does not count. */
export function isSameMatcher(left: Omit<DerivedDefinition, 'backfill'>, right: DerivedDefinition): boolean {
  return describe(left) === describe(right);
}

/** The test of a matcher that the user gave. */
export function testOf(definition: Omit<DerivedDefinition, 'backfill'>, given: unknown): EventTest {
  const { matcher, metadata } = definition;
  const test =
    matcher === undefined ? functionTest(given as MatcherFunction) : objectTest(compileMatcher(matcher as never));
  if (metadata === undefined) return test;
  const metadataMatch = compileMatcher(metadata as never);
  return (event, lazy, stream) => metadataMatch(lazy()) && test(event, lazy, stream);
}

/**
 * The function of a stored matcher; undefined for an object matcher. Throws `MATCHER_MISSING` without a secret or
 * fingerprint, and `MATCHER_UNTRUSTED` when they do not belong together.
 */
export function storedFunction(name: string, definition: DerivedDefinition, secret: string | undefined): unknown {
  const { function: source, fingerprint } = definition;
  if (source === undefined) return undefined;
  if (secret === undefined || fingerprint === undefined) throw missing(name);
  if (!isFingerprintOf(fingerprint, fingerprintOf(name, source, secret))) throw untrusted(name);
  return runInThisContext(`(${source})`, { filename: `matcher of ${JSON.stringify(name)}` }) as unknown;
}

function objectTest(matches: Predicate): EventTest {
  return (event) => matches(event);
}

function functionTest(matches: MatcherFunction): EventTest {
  return (event, metadata, stream) => {
    const decision: unknown = matches(event as Record<string, unknown>, metadata(), stream);
    if (isPromise(decision)) throw asynchronous('A matcher', decision);
    return Boolean(decision);
  };
}

function describe({ matcher, metadata, function: source }: Omit<DerivedDefinition, 'backfill'>): string {
  return JSON.stringify([source ?? null, ordered(matcher), ordered(metadata)]);
}

/** Sorts the names again: JavaScript puts names that are numbers first in an object, whatever the file says. */
function ordered(matcher: Readonly<Record<string, unknown>> | undefined): unknown {
  return matcher === undefined ? null : canonicalMatcher(matcher);
}

function sourceOf(name: string, matcher: MatcherFunction): string {
  const source = String(matcher);
  if (Object.prototype.toString.call(matcher) === '[object AsyncFunction]') {
    throw new VarveError('INVALID_MATCHER', `The matcher of ${JSON.stringify(name)} is asynchronous.`, {
      stream: name,
      found: source.slice(0, 80),
      hint: 'Give a function that returns true or false: a promise would be true for every event.',
    });
  }
  try {
    // Compiled, not run: the text of a method or a bound function does not compile by itself.
    return new Script(`(${source})`) instanceof Script ? source : '';
  } catch (error) {
    throw new VarveError(
      'INVALID_MATCHER',
      `The matcher of ${JSON.stringify(name)} cannot be stored: ${messageOf(error)}.`,
      {
        stream: name,
        found: source.slice(0, 80),
        cause: error,
        hint: 'Give an arrow function or a function expression; methods and bound functions have no text of their own.',
      },
    );
  }
}

function fingerprintOf(name: string, source: string, secret: string): string {
  return createHmac('sha256', secret)
    .update(JSON.stringify([name, source]))
    .digest('hex');
}

function isFingerprintOf(found: string, expected: string): boolean {
  const [left, right] = [Buffer.from(found), Buffer.from(expected)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function missing(name: string): VarveError {
  return new VarveError(
    'MATCHER_MISSING',
    `The matcher of the derived stream ${JSON.stringify(name)} is a function, which is not taken from the store.`,
    {
      stream: name,
      hint: 'Give it again with createEventStream before you commit, set the option `hmacSecret`, or delete the stream.',
    },
  );
}

function untrusted(name: string): VarveError {
  return new VarveError(
    'MATCHER_UNTRUSTED',
    `The stored matcher of the derived stream ${JSON.stringify(name)} does not match its fingerprint.`,
    {
      stream: name,
      hint: 'The secret is another one, or the file was changed. Give the matcher again with createEventStream.',
    },
  );
}
