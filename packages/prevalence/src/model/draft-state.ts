/** How a draft tells what it stands for: by a symbol that no value of a model can have as a key. */

/** What everybody may ask of a draft. */
export interface DraftValue {
  /** What the draft is now, frozen; later changes of the draft do not show in it. */
  frozenValue(): unknown;
}

export const draftStateKey: unique symbol = Symbol('varve.draft');

/** What is behind a draft; undefined for everything else. */
export function draftState(value: object): DraftValue | undefined {
  return (value as { readonly [draftStateKey]?: DraftValue })[draftStateKey];
}
