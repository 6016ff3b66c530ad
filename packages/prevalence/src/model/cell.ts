/**
 * The place of one object in the model. It stays the same as long as the object exists, while the object itself is
 * replaced by a new one when it changes and others may have seen it. Indexes refer to cells.
 *
 * Invariant: an object that is not `unseen` is deeply frozen; in an `unseen` one, only the parts are frozen.
 */
import { VarveError } from '@varve/core';
import type { DraftOwner, DraftState } from './draft.ts';
import type { Table } from './table.ts';
import type { TouchedCell } from './touched-cell.ts';

export type Key = string | number;

export function isKey(value: unknown): value is Key {
  return typeof value === 'string' || (typeof value === 'number' && !Number.isNaN(value));
}

export class Cell implements DraftOwner {
  readonly table: Table;
  /**
   * The number of the object in the model: never reused, and ascending in the order of creation. Objects that existed
   * before the first command have negative numbers.
   */
  readonly id: number;
  readonly key: Key;
  /** What readers see; undefined until the command that creates the object has ended. */
  current: unknown;
  /** Whether only this cell has a reference to `current`: it is then not frozen, and may be changed in place. */
  isUnseen = false;
  /** Its number among the cells that the running command has touched, from 1; 0 when it has not touched this one. */
  place = 0;
  /** The number of the last snapshot that captured it. */
  snapshot = 0;

  constructor(table: Table, id: number, key: Key, current?: unknown) {
    this.table = table;
    this.id = id;
    this.key = key;
    this.current = current;
  }

  /** Returns the object to readers, and marks it as seen. To be called between two commands. */
  show(): unknown {
    if (this.isUnseen) {
      Object.freeze(this.current);
      this.isUnseen = false;
    }
    return this.current;
  }

  /** What the running command does with this cell. */
  get touched(): TouchedCell | undefined {
    return this.place === 0 ? undefined : this.table.transaction.touchedAt(this.place);
  }

  /** Whether the running command has deleted it. */
  get isDeleted(): boolean {
    return this.place !== 0 && this.table.transaction.touchedAt(this.place).isDeleted;
  }

  /** The object as it is within the running command; it must not be changed, nor kept. */
  get latest(): unknown {
    const { touched } = this;
    return touched === undefined ? this.current : touched.latest;
  }

  /** What a command handler sees. */
  get draftValue(): unknown {
    const { latest } = this;
    if (typeof latest !== 'object' || latest === null || latest instanceof Date) return latest;
    return this.table.transaction.touch(this).draftOf(latest).proxy;
  }

  assertUsable(whole: DraftState): void {
    const { touched } = this;
    if (touched?.isDeleted === true) throw deleted(this);
    if (touched?.isDraft(whole) !== true) throw isOver(this);
  }

  willChange(field: string): boolean {
    const isWatched = this.table.willChange(this, field);
    this.touched?.assigned(field);
    return isWatched;
  }

  changesInPlace(): boolean {
    return this.touched?.changeInPlace() === true;
  }

  copyInstead(): void {
    this.touched?.copyInstead();
  }

  settledValue(): object | undefined {
    return this.touched?.settledValue();
  }

  hasChanged(field: string): void {
    this.table.hasChanged(this, field);
  }
}

function deleted({ table, key }: Cell): VarveError {
  return new VarveError('OBJECT_DELETED', `The object ${JSON.stringify(key)} of ${table.name} was deleted.`, {
    found: key,
    hint: 'Take what you need of it before you delete it.',
  });
}

function isOver({ table, key }: Cell): VarveError {
  const what = `A draft of the object ${JSON.stringify(key)} of ${table.name}`;
  return new VarveError('OUTSIDE_COMMAND', `${what} was used after its command, or after the object was replaced.`, {
    found: key,
    hint: 'Get it again, in the command that uses it. Outside of commands, read the model.',
  });
}
