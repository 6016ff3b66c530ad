/**
 * Looks at the objects of the next commands of a journal together, before these are done again one by one: in a large model
 * each of them lies where no cache has it, and the waits for memory then overlap. Which object a command is about is a guess:
 * the one whose key the argument has in the same place as that of an earlier command of this name had the key of what it
 * changed. A wrong guess costs a look at another object, and nothing else.
 */
import type { Cell, Key } from '../model/cell.ts';
import type { Table } from '../model/table.ts';
import type { Transaction } from '../model/transaction.ts';

interface Guess {
  readonly table: Table;
  /** The field of the argument that has the key; undefined when the argument is the key. */
  readonly field: string | undefined;
  /** A field that the command changed. */
  readonly changed: string;
}

type Fields = Readonly<Record<string, unknown>>;

export class CellsAhead {
  private readonly guesses = new Map<unknown, Guess>();
  private readonly cells: Cell[] = [];
  private readonly fields: string[] = [];
  /** So that what is looked at is not taken for useless, and left out. */
  private found = 0;

  /** Looks at the objects that these events of a journal may be about. */
  lookAt(events: readonly unknown[]): void {
    const { guesses, cells, fields } = this;
    if (guesses.size === 0) return;
    let count = 0;
    for (const event of events) {
      // What is wrong with an event is said when its turn has come.
      const guess = guesses.get((event as Fields | null)?.['command']);
      if (guess === undefined) continue;
      const { argument } = event as Fields;
      const { table, field, changed } = guess;
      const key = field === undefined ? argument : (argument as Fields | undefined)?.[field];
      const cell = table.cells.get(key as Key);
      if (cell === undefined) continue;
      cells[count] = cell;
      fields[count++] = changed;
    }
    // One thing after the other: what is waited for does not depend on what is waited for then.
    let found = 0;
    for (let index = 0; index < count; index++) if (cells[index]!.current !== undefined) found++;
    for (let index = 0; index < count; index++) {
      const object = cells[index]!.current;
      if (typeof object === 'object' && object !== null && (object as Fields)[fields[index]!] !== undefined) found++;
    }
    this.found = found;
  }

  /** Remembers what a command changed that was done again, and is not published yet. */
  learn(command: string, argument: unknown, transaction: Transaction): void {
    const changed = transaction.firstChanged();
    if (changed === undefined) return;
    const { cell, field: changedField } = changed;
    const { table, key } = cell;
    if (argument === key) this.guesses.set(command, { table, field: undefined, changed: changedField });
    if (typeof argument !== 'object' || argument === null) return;
    const field = Object.keys(argument).find((name) => (argument as Fields)[name] === key);
    if (field !== undefined) this.guesses.set(command, { table, field, changed: changedField });
  }
}
