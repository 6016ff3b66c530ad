/** What the lists of mutations have in common. */
export interface Mutation {
  readonly name: string;
  /** What no longer holds without the line. */
  readonly promise: string;
  readonly file: string;
  /** `from` must be in the file exactly once, so that a changed line is reviewed again. */
  readonly edits: readonly { readonly from: string; readonly to: string }[];
  /** Test files, in which at least one test must fail. */
  readonly tests: readonly string[];
}

export const core = 'packages/core/src';
export const writer = 'packages/writer/src';
export const tests = 'packages/writer/test';
export const crashes = [`${tests}/crash-states.test.ts`, `${tests}/segments-crash.test.ts`];

export function removed(from: string): Mutation['edits'] {
  return [{ from, to: '' }];
}
