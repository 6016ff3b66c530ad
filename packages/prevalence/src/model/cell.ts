/**
 * The place of one object in the model: it stays the same as long as the object is there, while the object itself is
 * replaced by a new one whenever it changes. Indexes refer to cells.
 */
import { VarveError } from '@varve/core';
import { type DraftOwner, DraftState } from './draft.ts';
import type { Table } from './table.ts';

export type Key = string | number;

export class Cell implements DraftOwner {
  readonly table: Table;
  /** Number of the object in the model: never used again, and growing in the order in which objects were made. */
  readonly id: number;
  readonly key: Key;
  /** What readers see; undefined until the command that makes the object is over. */
  current: unknown;
  /** What a command has put in the place of `current`. */
  private replacement: unknown;
  private isReplaced = false;
  private draft: DraftState | undefined;
  /** Whether the command that is running has to do with it. */
  isTouched = false;
  isNew = false;
  isDeleted = false;
  /** Number of the last snapshot that has taken it down. */
  snapshot = 0;

  constructor(table: Table, id: number, key: Key, current?: unknown) {
    this.table = table;
    this.id = id;
    this.key = key;
    this.current = current;
  }

  /** What it is within the command that is running: not to be changed, nor to be kept. */
  get latest(): unknown {
    return this.draft?.latest ?? (this.isReplaced ? this.replacement : this.current);
  }

  /** What a command handler gets to see. */
  get draftValue(): unknown {
    const { latest } = this;
    if (typeof latest !== 'object' || latest === null || latest instanceof Date) return latest;
    if (this.draft === undefined) {
      this.table.transaction.touch(this);
      this.draft = new DraftState(latest, this);
    }
    return this.draft.proxy;
  }

  /** Puts `value`, which is frozen, in the place of what is there; drafts of that end. */
  replace(value: unknown): void {
    this.table.transaction.touch(this);
    this.draft = undefined;
    this.replacement = value;
    this.isReplaced = true;
  }

  /** The fields of the object that were changed; undefined when another object was put in its place. */
  get changedKeys(): readonly string[] | undefined {
    return this.isReplaced ? undefined : this.draft?.changedKeys;
  }

  /** Freezes what it is now, and gives it back. */
  seal(): unknown {
    return this.draft?.seal() ?? (this.isReplaced ? this.replacement : this.current);
  }

  /** The command is over: what it did was taken or dropped by now. */
  leave(): void {
    this.draft = undefined;
    this.replacement = undefined;
    this.isReplaced = false;
    this.isTouched = false;
    this.isNew = false;
    this.isDeleted = false;
  }

  assertUsable(whole: DraftState): void {
    if (this.isDeleted) throw deleted(this);
    if (this.draft !== whole) throw isOver(this);
  }

  willChange(field: string): boolean {
    return this.table.willChange(this, field);
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
