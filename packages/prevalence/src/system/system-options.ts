/** Options of prevalent systems. Defaults are here and nowhere else; docs/options.md lists them. */
import {
  checkOptions,
  type OptionRule,
  optionRules,
  type RandomSource,
  systemRandom,
  withoutUndefined,
} from '@varve/core/internal';
import type { Migration } from '../snapshot/migration.ts';
import {
  type ResolvedSnapshotOptions,
  resolveSnapshotOptions,
  type SnapshotOptions,
} from '../snapshot/snapshot-options.ts';
import type { Acknowledgement } from '../commands/command-definition.ts';

export interface SystemOptions {
  /** The stream of the journaled commands. @default `prevalence-` and the name of the system */
  readonly journal?: string;
  /** How safe a command is when its promise resolves. @default 'flushed' */
  readonly acknowledge?: Acknowledgement;
  /** Whether handlers are prevented from using time, randomness and the like. @default unless NODE_ENV is 'production' */
  readonly guards?: boolean;
  /** When snapshots are taken in addition to requested ones, and how many are kept. */
  readonly snapshot?: SnapshotOptions;
  /** Convert snapshots of older model versions to the current one: the first from version 1 to version 2. */
  readonly migrations?: readonly Migration[];
  /** The source of the seeds of commands. Tests can pass a fixed source. */
  readonly random?: RandomSource;
}

export const systemOptionRules: Readonly<Record<keyof SystemOptions, OptionRule>> = {
  journal: optionRules.text,
  acknowledge: {
    description: "'buffered', 'flushed' or 'durable'",
    accepts: (value) => value === 'buffered' || value === 'flushed' || value === 'durable',
  },
  guards: optionRules.boolean,
  snapshot: optionRules.object,
  migrations: { description: 'an array of objects with rename, drop and convert', accepts: areMigrations },
  random: optionRules.object,
};

export const executeOptionRules = { acknowledge: systemOptionRules.acknowledge };

export const systemDefaults = { acknowledge: 'flushed' } as const;

export interface ResolvedSystemOptions {
  readonly journal: string | undefined;
  readonly acknowledge: Acknowledgement;
  readonly guards: boolean;
  readonly random: RandomSource;
  readonly snapshot: ResolvedSnapshotOptions;
  readonly migrations: readonly Migration[];
  /** Whether handlers receive arguments that they may change. */
  readonly looseArguments: boolean;
}

/** Throws `INVALID_OPTION`. */
export function resolveSystemOptions(options: SystemOptions): ResolvedSystemOptions {
  checkOptions(options, systemOptionRules);
  return {
    journal: undefined,
    ...systemDefaults,
    guards: process.env['NODE_ENV'] !== 'production',
    random: systemRandom,
    looseArguments: false,
    migrations: [],
    ...withoutUndefined(options),
    snapshot: resolveSnapshotOptions(options.snapshot ?? {}),
  };
}

function areMigrations(value: unknown): boolean {
  const names = new Set(['rename', 'drop', 'convert']);
  const isMigration = (step: unknown): boolean =>
    typeof step === 'object' && step !== null && Object.keys(step).every((name) => names.has(name));
  return Array.isArray(value) && value.every(isMigration);
}
