/**
 * Converts a change that an older version of the model journaled to the current version, by the same steps that migrate
 * a snapshot of that version.
 */
import type { Cell } from '../model/cell.ts';
import type { Model } from '../model/model.ts';
import type { Table } from '../model/table.ts';
import { migrate, type Migration } from '../snapshot/migration.ts';
import type { JournaledChange } from './journal-event.ts';

/** Returns undefined when nothing is left of the change. Throws what `migrate` throws. */
export function migratedChange(
  model: Model,
  [kind, oldPart, oldKey, oldId, value]: JournaledChange,
  steps: readonly Migration[],
): JournaledChange | undefined {
  const isThere = kind !== 'delete';
  const chunk = {
    part: oldPart,
    ids: isThere ? [oldId] : [],
    keys: isThere ? [oldKey] : [],
    values: isThere ? [value] : [],
  };
  const migrated = migrate(chunk, steps, 'the journal', (name) => model.tables.get(name)?.keyField);
  if (migrated === undefined) return undefined;
  const { part, keys } = migrated;
  const key = keys[0] ?? oldKey;
  const table = model.tables.get(part);
  const cell = table === undefined ? undefined : cellOf(table, key, oldId);
  if (keys.length === 0) return cell === undefined ? undefined : ['delete', part, cell.key, cell.id, undefined];
  if (kind === 'update' && cell !== undefined) {
    if (cell.key !== key) throw new Error(`The object ${JSON.stringify(cell.key)} of ${part} would get another key`);
    return ['update', part, key, cell.id, migrated.values[0]];
  }
  // Today's commands may have created more objects than those of the older version did: no number is used twice.
  const { nextId } = model.transaction;
  return ['insert', part, key, kind === 'insert' ? Math.max(oldId, nextId) : nextId, migrated.values[0]];
}

/** The object that had this key at the time; a conversion may have given it another key. */
function cellOf(table: Table, key: string | number, id: number): Cell | undefined {
  return table.cell(key) ?? (table.keyField === undefined ? undefined : table.cellById(id));
}
