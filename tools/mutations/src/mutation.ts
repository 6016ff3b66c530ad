/** What is common to the lists of mutations. */
export interface Mutation {
  readonly name: string;
  /** What does not hold any more without the line. */
  readonly promise: string;
  readonly file: string;
  /** `from` must be in the file exactly once: a line that was changed is looked at again. */
  readonly edits: readonly { readonly from: string; readonly to: string }[];
  /** Files of tests, of which one test at least must fail. */
  readonly tests: readonly string[];
}

export const core = 'packages/core/src';
export const writer = 'packages/writer/src';
export const tests = 'packages/writer/test';
export const crashes = [`${tests}/crash-states.test.ts`, `${tests}/segments-crash.test.ts`];

export function removed(from: string): Mutation['edits'] {
  return [{ from, to: '' }];
}
