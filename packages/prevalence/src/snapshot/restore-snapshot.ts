/** Fills an empty model with the objects of a snapshot, and migrates them if they are of an older version of the model. */
import { VarveError } from '@varve/core';
import type { Key } from '../model/cell.ts';
import { type Model, openPart } from '../model/model.ts';
import { adopt, adoptInPlace } from '../model/plain-value.ts';
import { migrate, type Migration } from './migration.ts';
import type { ObjectsOfPart } from './snapshot-body.ts';
import type { LoadedSnapshot } from './snapshot-reader.ts';

interface PlacedObject {
  readonly id: number;
  readonly key: Key;
  readonly value: unknown;
}

/** The version of a model, and its migrations: `migrations[k]` converts version k + 1 to version k + 2. */
export interface ModelHistory {
  readonly version: number;
  readonly migrations: readonly Migration[];
}

/** Throws `MIGRATION_FAILED` and `NOT_UNIQUE`. */
export function restoreSnapshot(model: Model, { header, chunks, path }: LoadedSnapshot, history: ModelHistory): void {
  const isOlder = header.modelVersion < history.version;
  const steps = isOlder ? history.migrations.slice(header.modelVersion - 1) : [];
  const objects = new Map<string, PlacedObject[]>();
  for (const chunk of chunks) {
    const current =
      steps.length === 0 ? chunk : migrate(chunk, steps, path, (part) => model.tables.get(part)?.keyField);
    if (current === undefined) continue;
    if (!model.tables.has(current.part)) throw unknownPart(path, current.part);
    collect(objects, current);
  }
  const given = takeDeclared(model, objects);
  for (const [name, table] of model.tables) {
    const placed = objects.get(name);
    if (placed === undefined) {
      // A part that the model did not have at that time begins as without a snapshot, or with the value that commands
      // gave it.
      const property = given.get(name);
      if (property !== undefined && !isOlder) throw declaredLater(path, name);
      if (property !== undefined && !isFit(model, name, property.value)) throw unfit(path, name, property.value);
      model.initialize(name, property?.value);
      continue;
    }
    // Objects that were changed while the snapshot was taken come last in it.
    if (!isSorted(placed)) placed.sort((a, b) => a.id - b.id);
    // A migration may have returned any object.
    const take = steps.length === 0 ? adoptInPlace : adopt;
    for (const { id, key, value } of placed) model.place(table, key, take(value, name), id);
  }
  model.transaction.nextId = Math.max(model.transaction.nextId, header.nextId);
}

function collect(objects: Map<string, PlacedObject[]>, { part, ids, keys, values }: ObjectsOfPart): void {
  const list = objects.get(part) ?? [];
  objects.set(part, list);
  for (let index = 0; index < ids.length; index++) {
    list.push({ id: ids[index]!, key: keys[index]!, value: values[index] });
  }
}

/** Takes out those properties of an open model that its definition now declares as parts. */
function takeDeclared({ definition }: Model, objects: Map<string, PlacedObject[]>): Map<string, PlacedObject> {
  const properties = objects.get(openPart) ?? [];
  const isDeclared = ({ key }: PlacedObject): boolean => Object.hasOwn(definition, key);
  if (properties.length > 0) {
    objects.set(
      openPart,
      properties.filter((property) => !isDeclared(property)),
    );
  }
  return new Map(properties.filter(isDeclared).map((property) => [String(property.key), property]));
}

/** Whether a part can begin with this value: a dictionary needs an object, whose fields become its entries. */
function isFit({ definition }: Model, name: string, value: unknown): boolean {
  if (definition[name]?.part !== 'dictionary') return true;
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function isSorted(objects: readonly PlacedObject[]): boolean {
  return objects.every(({ id }, index) => index === 0 || objects[index - 1]!.id < id);
}

function unknownPart(path: string, part: string): VarveError {
  return new VarveError('MIGRATION_FAILED', `The model has no ${JSON.stringify(part)}, of which ${path} has objects.`, {
    path,
    found: part,
    hint: 'Raise the version of the model, and say in `migrations` what became of it: { rename } or { drop }.',
  });
}

function declaredLater(path: string, name: string): VarveError {
  const property = JSON.stringify(name);
  return new VarveError('MIGRATION_FAILED', `The model declares ${property}, which ${path} has from commands.`, {
    path,
    found: name,
    hint: 'Raise the version of the model, and the part begins with what is there; or leave it out of the model as before.',
  });
}

function unfit(path: string, name: string, found: unknown): VarveError {
  return new VarveError(
    'MIGRATION_FAILED',
    `${JSON.stringify(name)} in ${path} is no object, as the model declares it.`,
    {
      path,
      found,
      expected: 'an object',
      hint: 'Declare it with a value of the kind that commands gave it.',
    },
  );
}
