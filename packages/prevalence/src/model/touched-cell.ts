/**
 * What the running command does with one cell. A transaction makes a few of these and reuses them for one command after
 * the other, so that a command leaves little garbage besides the object that it changed.
 */
import type { Cell } from './cell.ts';
import { DraftState } from './draft.ts';

/** Up to this number, assigned fields are remembered one by one. */
const maxFields = 16;

type Fields = Record<string, unknown>;

export class TouchedCell {
  cell: Cell;
  private draft: DraftState | undefined;
  /** The value by which the command has replaced the object. */
  private replacement: unknown;
  private isReplaced = false;
  isNew = false;
  isDeleted = false;
  /** The assigned fields, each once, are the first `fieldCount` of these. */
  readonly fields: string[] = [];
  /** Their values before. */
  readonly fieldsBefore: unknown[] = [];
  fieldCount = 0;
  /** Whether the object, which no one has seen, is being changed in place: `before` is then not its earlier value. */
  isInPlace = false;
  /** The effect on the object at the end of the command; undefined when there is none. */
  kind: 'insert' | 'update' | 'delete' | undefined;
  /** The object's value at the end of the command. */
  value: unknown;
  /** Whether no one has seen that value. */
  isUnseen = false;

  constructor(cell: Cell) {
    this.cell = cell;
  }

  /** What readers see while the command runs. */
  get before(): unknown {
    return this.cell.current;
  }

  /** The current value; it must not be changed, nor kept. */
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

  /** Replaces the current value by `value`, which is frozen; drafts of the current one end. */
  replace(value: unknown): void {
    this.draft = undefined;
    this.replacement = value;
    this.isReplaced = true;
  }

  /** Whether the fields that may differ are known: not when there are many, or when the object was replaced. */
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

  /** Whether the object may be changed in place, which it is from then on. In-place changes add and remove no fields. */
  changeInPlace(): boolean {
    const { cell, isReplaced } = this;
    if (!cell.isUnseen || isReplaced || cell.table.transaction.beforePublish !== undefined) return false;
    this.isInPlace = true;
    return true;
  }

  /** If the object was changed in place, continues with a copy and restores the object. */
  copyInstead(): void {
    const { draft } = this;
    if (!this.isInPlace || draft === undefined) return;
    draft.latest = { ...draft.latest };
    this.undoInPlace();
  }

  /** Restores the object to its earlier value. */
  undoInPlace(): void {
    if (!this.isInPlace) return;
    this.isInPlace = false;
    const object = this.cell.current as Fields;
    const { fields, fieldsBefore, fieldCount } = this;
    // The last field may be a new one, for which the in-place change is given up.
    for (let index = 0; index < fieldCount; index++) {
      if (Object.hasOwn(object, fields[index]!)) object[fields[index]!] = fieldsBefore[index];
    }
  }

  /** Freezes the current value and returns it. */
  seal(): unknown {
    this.copyInstead();
    const { latest, draft } = this;
    if (draft?.isChanged === true) Object.freeze(draft.sealParts());
    return latest;
  }

  /** Determines the effect on the object. */
  determineEffect(): void {
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

  /** The object after the command, for others to see; undefined while it may still change. */
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

  /** Ends the command: the next use may be for another cell. */
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
