/** How a draft is recognized: by a symbol that no value of a model can have as a key. */

/** The part of a draft that is open to all code of the package. */
export interface DraftValue {
  /** The current value of the draft, frozen; later changes of the draft do not show in it. */
  frozenValue(): unknown;
}

export const draftStateKey: unique symbol = Symbol('varve.draft');

/** The state behind a draft; undefined for any other value. */
export function draftState(value: object): DraftValue | undefined {
  return (value as { readonly [draftStateKey]?: DraftValue })[draftStateKey];
}
