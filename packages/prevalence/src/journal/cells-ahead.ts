/**
 * Reads the objects of the next commands of a journal together, before these are replayed one by one: in a large model
 * none of the objects is in a cache, and this way the waits for memory overlap. Which object a command will change is a
 * guess: where an earlier command of this name had the key of its object in the argument, this one is expected to have
 * a key, too. A wrong guess costs a read of another object, and nothing else.
 */
import type { Cell, Key } from '../model/cell.ts';
import type { Table } from '../model/table.ts';
import type { Transaction } from '../model/transaction.ts';

interface Guess {
  readonly table: Table;
  /** The field of the argument that holds the key; undefined when the argument is the key. */
  readonly field: string | undefined;
  /** A field that the command changed. */
  readonly changed: string;
}

type Fields = Readonly<Record<string, unknown>>;

export class CellsAhead {
  private readonly guesses = new Map<unknown, Guess>();
  private readonly cells: Cell[] = [];
  private readonly fields: string[] = [];
  /** Keeps the compiler from treating the reads as useless and removing them. */
  private found = 0;

  /** Reads the objects that these events of a journal may change. */
  lookAt(events: readonly unknown[]): void {
    const { guesses, cells, fields } = this;
    if (guesses.size === 0) return;
    let count = 0;
    for (const event of events) {
      // An invalid event is reported when its turn has come.
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
    // One loop per step: the reads within a loop do not depend on each other, so their waits overlap.
    let found = 0;
    for (let index = 0; index < count; index++) if (cells[index]!.current !== undefined) found++;
    for (let index = 0; index < count; index++) {
      const object = cells[index]!.current;
      if (typeof object === 'object' && object !== null && (object as Fields)[fields[index]!] !== undefined) found++;
    }
    this.found = found;
  }

  /** Remembers what a replayed command changed; called before the changes are published. */
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
