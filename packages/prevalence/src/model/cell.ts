/**
 * The place of one object in the model: it stays the same as long as the object is there, while the object itself is
 * replaced by a new one when it changes and somebody may have seen it. Indexes refer to cells.
 *
 * Invariant: an object that is not `unseen` is frozen all the way down, one that is has frozen parts only.
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
   * Number of the object in the model: never used again, and growing in the order in which objects were made. Those that
   * were there before the first command have negative ones.
   */
  readonly id: number;
  readonly key: Key;
  /** What readers see; undefined until the command that makes the object is over. */
  current: unknown;
  /** Whether nobody has a reference to `current` but this cell: it is not frozen then, and may be changed where it is. */
  isUnseen = false;
  /** Its number among the cells that the command that is running has to do with, from 1; 0 when it is none of them. */
  place = 0;
  /** Number of the last snapshot that has taken it down. */
  snapshot = 0;

  constructor(table: Table, id: number, key: Key, current?: unknown) {
    this.table = table;
    this.id = id;
    this.key = key;
    this.current = current;
  }

  /** What readers get: from now on it is seen. To be called between two commands. */
  show(): unknown {
    if (this.isUnseen) {
      Object.freeze(this.current);
      this.isUnseen = false;
    }
    return this.current;
  }

  /** What the command that is running does with it. */
  get touched(): TouchedCell | undefined {
    return this.place === 0 ? undefined : this.table.transaction.touchedAt(this.place);
  }

  /** Whether the command that is running has deleted it. */
  get isDeleted(): boolean {
    return this.place !== 0 && this.table.transaction.touchedAt(this.place).isDeleted;
  }

  /** What it is within the command that is running: not to be changed, nor to be kept. */
  get latest(): unknown {
    const { touched } = this;
    return touched === undefined ? this.current : touched.latest;
  }

  /** What a command handler gets to see. */
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
