/** Fills an empty model with the objects of a snapshot, taken to the version of the model if they are of an older one. */
import { VarveError } from '@varve/core';
import type { Key } from '../model/cell.ts';
import type { Model } from '../model/model.ts';
import { adopt, adoptDecoded } from '../model/plain-value.ts';
import { migrate, type Migration } from './migration.ts';
import type { ObjectsOfPart } from './snapshot-body.ts';
import type { LoadedSnapshot } from './snapshot-reader.ts';

interface PlacedObject {
  readonly id: number;
  readonly key: Key;
  readonly value: unknown;
}

/** `migrations[k]` takes version k + 1 to version k + 2. Throws `MIGRATION_FAILED` and `NOT_UNIQUE`. */
export function restoreSnapshot(
  model: Model,
  { header, chunks, path }: LoadedSnapshot,
  migrations: readonly Migration[],
): void {
  const steps = migrations.slice(header.modelVersion - 1);
  const objects = new Map<string, PlacedObject[]>();
  for (const chunk of chunks) {
    const current =
      steps.length === 0 ? chunk : migrate(chunk, steps, path, (part) => model.tables.get(part)?.keyField);
    if (current === undefined) continue;
    if (!model.tables.has(current.part)) throw unknownPart(path, current.part);
    collect(objects, current);
  }
  for (const [name, table] of model.tables) {
    const placed = objects.get(name);
    if (placed === undefined) {
      // A part that the model did not have then begins as it does without a snapshot.
      model.initialize(name);
      continue;
    }
    // Objects that were changed while the snapshot was taken come last in it.
    if (!isSorted(placed)) placed.sort((a, b) => a.id - b.id);
    // A migration may have made anything of them.
    const take = steps.length === 0 ? adoptDecoded : adopt;
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
