/**
 * Converts the objects of a snapshot from one version of the model to the next ones: parts and fields are renamed,
 * converted and dropped while the model is restored.
 */
import { VarveError } from '@varve/core';
import { messageOf } from '@varve/core/internal';
import { isKey, type Key } from '../model/cell.ts';
import type { ObjectsOfPart } from './snapshot-body.ts';

/** Converts an object of the previous version to the next one; undefined drops it. May change its argument. */
export type ObjectMigration = (object: never, key: string | number) => unknown;

/** One step from a version of the model to the next one. */
export interface Migration {
  /** By new name: the previous name of the part. */
  readonly rename?: Readonly<Record<string, string>>;
  /** The names of parts that no longer exist. */
  readonly drop?: readonly string[];
  /** By part, under its new name: the conversions of each of its objects, applied one after the other. */
  readonly convert?: Readonly<Record<string, ObjectMigration | readonly ObjectMigration[]>>;
}

type Fields = Record<string, unknown>;

/** Renames the field `from` to `to`. */
export function renameField(from: string, to: string): (object: Fields) => Fields {
  return ({ [from]: field, ...rest }) => (field === undefined ? rest : { ...rest, [to]: field });
}

/** Removes the field. */
export function dropField(name: string): (object: Fields) => Fields {
  return ({ [name]: _dropped, ...rest }) => rest;
}

/** Sets the field to the result of `convert`, which receives the field and the object; also where the field was missing. */
export function convertField(
  name: string,
  convert: (field: never, object: Fields) => unknown,
): (object: Fields) => Fields {
  return (object) => ({ ...object, [name]: convert(object[name] as never, object) });
}

/** Throws `MIGRATION_FAILED`, naming the snapshot and the object. */
export function migrate(
  chunk: ObjectsOfPart,
  steps: readonly Migration[],
  path: string,
  keyFieldOf: (part: string) => string | undefined,
): ObjectsOfPart | undefined {
  let { part } = chunk;
  let objects = chunk.values.map((value, index) => ({ id: chunk.ids[index]!, key: chunk.keys[index]!, value }));
  for (const { rename = {}, drop = [], convert = {} } of steps) {
    if (drop.includes(part)) return undefined;
    part = Object.keys(rename).find((name) => rename[name] === part) ?? part;
    const conversions: readonly ObjectMigration[] = Object.hasOwn(convert, part) ? [convert[part]!].flat() : [];
    for (const conversion of conversions) {
      objects = objects
        .map((object) => ({ ...object, value: converted(conversion, object, part, path) }))
        .filter(({ value }) => value !== undefined);
    }
  }
  const keyField = keyFieldOf(part);
  const keys = objects.map((object) => (keyField === undefined ? object.key : keyOf(object, keyField, part, path)));
  return { part, ids: objects.map(({ id }) => id), keys, values: objects.map(({ value }) => value) };
}

interface KeptObject {
  readonly key: Key;
  readonly value: unknown;
}

/** The current key of the object. */
function keyOf({ key: before, value }: KeptObject, keyField: string, part: string, path: string): Key {
  const key = typeof value === 'object' && value !== null ? (value as Fields)[keyField] : undefined;
  if (isKey(key)) return key;
  throw new VarveError(
    'MIGRATION_FAILED',
    `The object ${JSON.stringify(before)} of ${part} in ${path} has no key in ${JSON.stringify(keyField)} any more.`,
    {
      path,
      found: value,
      expected: `an object with a text or number in ${JSON.stringify(keyField)}`,
      hint: 'Nothing was changed. Give each object its key in the option `migrations`, and open the system again.',
    },
  );
}

function converted(conversion: ObjectMigration, { key, value }: KeptObject, part: string, path: string): unknown {
  try {
    return conversion(value as never, key);
  } catch (cause) {
    throw new VarveError(
      'MIGRATION_FAILED',
      `The object ${JSON.stringify(key)} of ${part} in ${path} cannot be converted: ${messageOf(cause)}.`,
      {
        path,
        found: value,
        cause,
        hint: 'Nothing was changed. Correct the option `migrations` and open the system again.',
      },
    );
  }
}
