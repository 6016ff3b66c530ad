/** The requirements for a projection, and the errors for values that do not meet them. */
import { inspect } from 'node:util';
import { type ConsumedSource, VarveError } from '@varve/core';
import { areUpcasters, identifySource, messageOf } from '@varve/core/internal';
import type { FailurePolicy } from './projection.ts';

/** Why a value is not a projection. */
interface Fault {
  /** Continues "The projection ". */
  readonly message: string;
  readonly expected: string;
  readonly found: unknown;
}

const propertyNames = [
  'name',
  'stream',
  'initialState',
  'on',
  'version',
  'upcasters',
  'eventType',
  'onFailure',
  'attempts',
  'partitionBy',
  'parts',
  'merge',
];

/** No one would start this many processes for one projection on purpose. */
const maxParts = 256;

const failurePolicies: readonly unknown[] = ['retry', 'skip', 'pause'] satisfies FailurePolicy[];

/** A name becomes part of file names, addresses and labels; `@` is reserved for the version. */
const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** Throws `PROJECTION_INVALID` when `value` is not the definition of a projection. `path`: the module that exported it. */
export function checkProjection(value: unknown, path?: string): void {
  const fault = isRecord(value) ? faultOf(value) : notAnObject(value);
  if (fault === undefined) return;
  const name = isRecord(value) && typeof value['name'] === 'string' ? ` ${JSON.stringify(value['name'])}` : '';
  const place = path === undefined ? '' : ` of ${path}`;
  throw new VarveError('PROJECTION_INVALID', `The projection${name}${place} ${fault.message}.`, {
    ...(path === undefined ? {} : { path }),
    expected: fault.expected,
    found: fault.found,
    hint: `Give it ${fault.expected}.`,
  });
}

function notAnObject(value: unknown): Fault {
  return {
    message: `is ${describe(value)}, not an object`,
    expected: 'the properties name, stream, initialState and on',
    found: describe(value),
  };
}

function faultOf(projection: Readonly<Record<string, unknown>>): Fault | undefined {
  const unknown = Object.keys(projection).find((key) => !propertyNames.includes(key));
  if (unknown !== undefined) {
    return {
      message: `has the property ${JSON.stringify(unknown)}, which means nothing`,
      expected: `no properties but ${propertyNames.join(', ')}`,
      found: unknown,
    };
  }
  const { name, stream, version, upcasters, eventType } = projection;
  if (typeof name !== 'string' || !namePattern.test(name)) {
    const expected = 'a name of letters, digits, ".", "_" and "-", at most 100, beginning with a letter or digit';
    return { message: `has ${describe(name)} as its name`, expected, found: name };
  }
  if (!isSource(stream)) {
    const expected = 'the name of a stream, "_all", { category }, { streams: [...] } or { query }';
    return { message: `has ${describe(stream)} as its stream`, expected, found: stream };
  }
  if (version !== undefined && !(Number.isSafeInteger(version) && (version as number) >= 1)) {
    return { message: `has ${describe(version)} as its version`, expected: 'a version of 1 or more', found: version };
  }
  if (eventType !== undefined && typeof eventType !== 'function') {
    const expected = 'a function (event, metadata) that returns the type, or no eventType';
    return { message: `has ${describe(eventType)} as its eventType`, expected, found: describe(eventType) };
  }
  if (upcasters !== undefined && !areUpcasters(upcasters)) {
    const expected = 'a list of functions for each event type, or no upcasters';
    return { message: `has ${describe(upcasters)} as its upcasters`, expected, found: describe(upcasters) };
  }
  return (
    partsFault(projection) ??
    failureFault(projection) ??
    initialStateFault(projection['initialState']) ??
    functionsFault(projection['on'])
  );
}

function isSource(stream: unknown): boolean {
  try {
    identifySource(stream as ConsumedSource);
    return true;
  } catch {
    return false;
  }
}

function partsFault({ partitionBy, parts, merge }: Readonly<Record<string, unknown>>): Fault | undefined {
  if (partitionBy !== undefined && typeof partitionBy !== 'function') {
    const expected = 'a function (event, metadata) that returns a key, or no partitionBy';
    return { message: `has ${describe(partitionBy)} as its partitionBy`, expected, found: describe(partitionBy) };
  }
  if (
    parts !== undefined &&
    !(Number.isSafeInteger(parts) && (parts as number) >= 1 && (parts as number) <= maxParts)
  ) {
    return { message: `has ${describe(parts)} as its parts`, expected: `1 to ${maxParts} parts`, found: parts };
  }
  if (parts !== undefined && parts !== 1 && partitionBy === undefined) {
    const expected = 'a function partitionBy, which says to which of its parts an event goes';
    return { message: 'has parts, but no partitionBy', expected, found: parts };
  }
  if (merge === undefined || merge === 'union' || merge === 'sum' || typeof merge === 'function') return undefined;
  const expected = "'union', 'sum' or a function as its merge";
  return { message: `has ${describe(merge)} as its merge`, expected, found: describe(merge) };
}

function failureFault({ onFailure, attempts }: Readonly<Record<string, unknown>>): Fault | undefined {
  if (onFailure !== undefined && !failurePolicies.includes(onFailure)) {
    const expected = `one of ${failurePolicies.join(', ')} as its onFailure`;
    return { message: `has ${describe(onFailure)} as its onFailure`, expected, found: onFailure };
  }
  if (attempts === undefined || (Number.isSafeInteger(attempts) && (attempts as number) >= 1)) return undefined;
  return { message: `has ${describe(attempts)} as its attempts`, expected: 'attempts of 1 or more', found: attempts };
}

function initialStateFault(initialState: unknown): Fault | undefined {
  const expected = 'an initialState of plain data: objects, arrays, strings, numbers, Map, Set, Date, bytes';
  if (initialState === undefined) return { message: 'has no initialState', expected, found: undefined };
  try {
    structuredClone(initialState);
    return undefined;
  } catch (error) {
    const message = `has an initialState that cannot be saved: ${messageOf(error)}`;
    return { message, expected, found: describe(initialState) };
  }
}

function functionsFault(on: unknown): Fault | undefined {
  const expected = 'an object "on" with one function (state, event, metadata) per event type';
  if (!isRecord(on)) return { message: `has ${describe(on)} as "on"`, expected, found: describe(on) };
  const functions = Object.entries(on);
  if (functions.length === 0) return { message: 'has a function for no event type', expected, found: [] };
  const wrong = functions.find(([, evolve]) => typeof evolve !== 'function');
  if (wrong === undefined) return undefined;
  const [type, found] = wrong;
  return { message: `has ${describe(found)} for ${JSON.stringify(type)}`, expected, found: describe(found) };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A short text for any value. */
function describe(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'string' ? JSON.stringify(value) : inspect(value);
}
