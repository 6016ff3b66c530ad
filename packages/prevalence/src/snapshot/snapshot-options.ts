/** Options of snapshots. Defaults are here and nowhere else; docs/options.md lists them. */
import { checkOptions, integerUpTo, type OptionRule, optionRules } from '@varve/core/internal';

/** When a system takes snapshots automatically, and how many are kept. */
export interface SnapshotOptions {
  /** After this many commands. */
  readonly every?: number;
  /** When this time has passed since the last one and there were commands, in milliseconds. */
  readonly everyMs?: number;
  /** How many are kept: the newest ones. @default 3 */
  readonly keep?: number;
}

export const snapshotRules: Readonly<Record<keyof SnapshotOptions, OptionRule>> = {
  every: optionRules.positiveInteger,
  everyMs: integerUpTo(2 ** 31 - 1),
  keep: optionRules.positiveInteger,
};

export const snapshotDefaults = { keep: 3 } as const;

export type ResolvedSnapshotOptions = SnapshotOptions & { readonly keep: number };

/** Throws `INVALID_OPTION`. */
export function resolveSnapshotOptions(options: SnapshotOptions): ResolvedSnapshotOptions {
  checkOptions(options, snapshotRules);
  return { ...options, keep: options.keep ?? snapshotDefaults.keep };
}
