/**
 * What the command that is running does with one cell. A transaction makes a few of these and uses them for command after
 * command: what a command leaves behind is the object that it changed, and little else that has to be collected.
 */
import type { Cell } from './cell.ts';
import { DraftState } from './draft.ts';

/** More fields than these are not remembered one by one. */
const maxFields = 16;

type Fields = Record<string, unknown>;

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
  /** What was in them before. */
  readonly fieldsBefore: unknown[] = [];
  fieldCount = 0;
  /** Whether the object, which nobody has seen, is being changed where it is: `before` is not what it was then. */
  isInPlace = false;
  /** What became of the object when the command was over; undefined when nothing did. */
  kind: 'insert' | 'update' | 'delete' | undefined;
  /** What it is then. */
  value: unknown;
  /** Whether nobody has seen that. */
  isUnseen = false;

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

  /** A field is about to be assigned. */
  assigned(field: string): void {
    const { fields, fieldCount } = this;
    if (fieldCount > maxFields) return;
    for (let index = 0; index < fieldCount; index++) if (fields[index] === field) return;
    if (fieldCount === maxFields) this.copyInstead();
    fields[fieldCount] = field;
    this.fieldsBefore[fieldCount] = (this.latest as Fields)[field];
    this.fieldCount++;
  }

  /** Whether the object may be changed where it is; from then on it is. The fields that it has stay those it had. */
  changeInPlace(): boolean {
    const { cell, isReplaced } = this;
    if (!cell.isUnseen || isReplaced || cell.table.transaction.beforePublish !== undefined) return false;
    this.isInPlace = true;
    return true;
  }

  /** Goes on with a copy if the object was changed where it is, and makes the object what it was. */
  copyInstead(): void {
    const { draft } = this;
    if (!this.isInPlace || draft === undefined) return;
    draft.latest = { ...draft.latest };
    this.undoInPlace();
  }

  /** Makes the object what it was. */
  undoInPlace(): void {
    if (!this.isInPlace) return;
    this.isInPlace = false;
    const object = this.cell.current as Fields;
    const { fields, fieldsBefore, fieldCount } = this;
    // The last field may be a new one, for which the object is given up.
    for (let index = 0; index < fieldCount; index++) {
      if (Object.hasOwn(object, fields[index]!)) object[fields[index]!] = fieldsBefore[index];
    }
  }

  /** Freezes what it is now, and gives it back. */
  seal(): unknown {
    this.copyInstead();
    const { latest, draft } = this;
    if (draft?.isChanged === true) Object.freeze(draft.sealParts());
    return latest;
  }

  /** Makes up what became of the object. */
  settle(): void {
    if (this.isDeleted) {
      this.kind = this.isNew ? undefined : 'delete';
      return;
    }
    const { draft } = this;
    this.value = this.latest;
    if (draft?.isChanged === true) {
      draft.sealParts();
      this.isUnseen = !draft.isArray;
      if (draft.isArray) Object.freeze(draft.latest);
    }
    if (this.isNew) this.kind = 'insert';
    else if (this.isInPlace || !Object.is(this.value, this.cell.current)) this.kind = 'update';
  }

  /** What became of the object, to be seen by others; undefined while it may still become something else. */
  settledValue(): object | undefined {
    const { cell, draft } = this;
    if (draft === undefined) return undefined;
    if (!draft.isChanged) return cell.show() as object;
    if (this.kind === undefined) return undefined;
    this.copyInstead();
    this.isUnseen = false;
    this.value = draft.latest;
    return Object.freeze(draft.latest);
  }

  /** The command is over: its next cell may be another one. */
  clear(): void {
    this.draft = undefined;
    this.replacement = undefined;
    this.isReplaced = false;
    this.isNew = false;
    this.isDeleted = false;
    this.fieldsBefore.fill(undefined, 0, this.fieldCount);
    this.fieldCount = 0;
    this.isInPlace = false;
    this.isUnseen = false;
    this.kind = undefined;
    this.value = undefined;
  }
}
