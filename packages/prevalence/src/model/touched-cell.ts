/**
 * What the command that is running does with one cell. A transaction makes a few of these and uses them for command after
 * command: what a command leaves behind is the object that it changed, and little else that has to be collected.
 */
import type { Cell } from './cell.ts';
import { DraftState } from './draft.ts';

/** More fields than these are not remembered one by one. */
const maxFields = 16;

export class TouchedCell {
  cell: Cell;
  private draft: DraftState | undefined;
  /** What the command has put in the place of the object. */
  private replacement: unknown;
  private isReplaced = false;
  isNew = false;
  isDeleted = false;
  /** The fields that were assigned, each once, are the first `fieldCount` of these. */
  readonly fields: string[] = [];
  fieldCount = 0;
  /** What became of the object when the command was over; undefined when nothing did. */
  kind: 'insert' | 'update' | 'delete' | undefined;
  /** What it is then. */
  value: unknown;

  constructor(cell: Cell) {
    this.cell = cell;
  }

  /** What readers see meanwhile. */
  get before(): unknown {
    return this.cell.current;
  }

  /** What it is now: not to be changed, nor to be kept. */
  get latest(): unknown {
    return this.draft?.latest ?? (this.isReplaced ? this.replacement : this.cell.current);
  }

  draftOf(object: object): DraftState {
    this.draft ??= new DraftState(object, this.cell);
    return this.draft;
  }

  isDraft(state: DraftState): boolean {
    return this.draft === state;
  }

  /** Puts `value`, which is frozen, in the place of what is there; drafts of that end. */
  replace(value: unknown): void {
    this.draft = undefined;
    this.replacement = value;
    this.isReplaced = true;
  }

  /** Whether the fields that may differ are known: not when there are many, or another object is in its place. */
  get knowsFields(): boolean {
    return !this.isReplaced && this.fieldCount <= maxFields;
  }

  assigned(field: string): void {
    const { fields, fieldCount } = this;
    if (fieldCount > maxFields) return;
    for (let index = 0; index < fieldCount; index++) if (fields[index] === field) return;
    fields[fieldCount] = field;
    this.fieldCount++;
  }

  /** Freezes what it is now, and gives it back. */
  seal(): unknown {
    return this.draft?.seal() ?? (this.isReplaced ? this.replacement : this.cell.current);
  }

  /** Makes up what became of the object. */
  settle(): void {
    if (this.isDeleted) {
      this.kind = this.isNew ? undefined : 'delete';
      return;
    }
    this.value = this.seal();
    if (this.isNew) this.kind = 'insert';
    else if (!Object.is(this.value, this.cell.current)) this.kind = 'update';
  }

  /** The command is over: its next cell may be another one. */
  clear(): void {
    this.draft = undefined;
    this.replacement = undefined;
    this.isReplaced = false;
    this.isNew = false;
    this.isDeleted = false;
    this.fieldCount = 0;
    this.kind = undefined;
    this.value = undefined;
  }
}
