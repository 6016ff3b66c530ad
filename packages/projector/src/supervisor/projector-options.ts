/**
 * Options of a projector. Defaults are here and nowhere else; docs/options.md lists them.
 */
import { resolve } from 'node:path';
import { type CheckpointOptions, VarveError } from '@varve/core';
import {
  checkOptions,
  checkpointRules,
  defaultStorageDirectory,
  type OptionRule,
  optionRules,
  storeDirectory,
  withoutUndefined,
} from '@varve/core/internal';
import { moduleUrlOf, type ProjectionModule } from '../projection/projection-module.ts';
import type { ProjectionStatePlace } from '../projection/state-place.ts';

/** How a worker that ended is restarted. */
export interface RestartOptions {
  /** Wait before the first restart, in milliseconds. @default 100 */
  readonly initialDelayMs?: number;
  /** The wait grows by this factor with each further restart in a row. @default 2 */
  readonly factor?: number;
  /** The longest wait, in milliseconds. @default 10000 */
  readonly maxDelayMs?: number;
  /**
   * A worker that ends this many times in a row without progress is given up, but not before all `attempts` of its
   * failure policy were made. @default 5
   */
  readonly maxFailures?: number;
  /** A worker that runs this long, in milliseconds, has made progress even if there was nothing to do. @default 60000 */
  readonly resetAfterMs?: number;
}

/** How a worker that hangs is detected. */
export interface HeartbeatOptions {
  /** A worker sends a sign of life at least this often, in milliseconds. @default 1000 */
  readonly intervalMs?: number;
  /** A worker that sends none for this long, in milliseconds or Infinity, is killed and started again. @default 60000 */
  readonly timeoutMs?: number;
}

export interface ProjectorOptions {
  /** The modules of the projections: paths, relative to the working directory, or file URLs. */
  readonly projections: readonly ProjectionModule[];
  /** The directory that holds the store's folder. @default './data' */
  readonly storageDirectory?: string;
  /** The store's name. @default 'eventstore' */
  readonly store?: string;
  /** The folder of the projections' saved states. @default the folder `consumers` of the store */
  readonly stateDirectory?: string;
  /** When workers save; see `CheckpointOptions`. */
  readonly checkpoint?: CheckpointOptions;
  readonly restart?: RestartOptions;
  readonly heartbeat?: HeartbeatOptions;
  /** A worker reports its progress at most this often, in milliseconds. @default 50 */
  readonly reportIntervalMs?: number;
  /** How long workers may take to save and end when the projector stops, in milliseconds; then they are killed. @default 5000 */
  readonly stopTimeoutMs?: number;
  /**
   * What a worker is: a process, which can harm no other, or a thread of this process, which uses less memory and
   * starts sooner, but can end the process with all others. @default 'processes'
   */
  readonly workers?: 'processes' | 'threads';
  /** Reloads a module when its file, or one that it imports by its path, has changed: for development. @default false */
  readonly reload?: boolean;
  /** Whether what workers print appears in this process's output. @default 'inherit' */
  readonly workerOutput?: 'inherit' | 'ignore';
  /** Node.js options of the workers, such as `--max-old-space-size=4096`. @default those of this process */
  readonly nodeOptions?: readonly string[];
}

export const restartDefaults = {
  initialDelayMs: 100,
  factor: 2,
  maxDelayMs: 10_000,
  maxFailures: 5,
  resetAfterMs: 60_000,
} as const;

export const heartbeatDefaults = { intervalMs: 1000, timeoutMs: 60_000 } as const;

export const projectorDefaults = {
  storageDirectory: defaultStorageDirectory,
  store: 'eventstore',
  reportIntervalMs: 50,
  stopTimeoutMs: 5000,
  workers: 'processes',
  reload: false,
  workerOutput: 'inherit',
} as const;

export interface ResolvedProjectorOptions {
  /** The modules as file URLs. */
  readonly modules: readonly string[];
  readonly storageDirectory: string;
  readonly store: string;
  readonly stateDirectory: string | undefined;
  readonly checkpoint: CheckpointOptions;
  readonly restart: Required<RestartOptions>;
  readonly heartbeat: Required<HeartbeatOptions>;
  readonly reportIntervalMs: number;
  readonly stopTimeoutMs: number;
  readonly workers: 'processes' | 'threads';
  readonly reload: boolean;
  readonly workerOutput: 'inherit' | 'ignore';
  readonly nodeOptions: readonly string[] | undefined;
}

/** Checks options and fills in defaults. Paths become absolute, because this process may change its working directory. */
export function resolveProjectorOptions(options: ProjectorOptions): ResolvedProjectorOptions {
  checkOptions(options, projectorRules);
  checkOptions(options.checkpoint ?? {}, checkpointRules);
  checkOptions(options.restart ?? {}, restartRules);
  checkOptions(options.heartbeat ?? {}, heartbeatRules);
  const { projections, stateDirectory, checkpoint, restart, heartbeat, nodeOptions, ...given } = options;
  const { storageDirectory, ...plain } = { ...projectorDefaults, ...withoutUndefined(given) };
  storeDirectory(storageDirectory, plain.store);
  if (plain.workers === 'threads' && nodeOptions !== undefined) throw optionsOfThreads(nodeOptions);
  return {
    ...plain,
    nodeOptions,
    modules: modulesOf(projections),
    storageDirectory: resolve(storageDirectory),
    stateDirectory: stateDirectory === undefined ? undefined : resolve(stateDirectory),
    checkpoint: withoutUndefined(checkpoint ?? {}),
    restart: { ...restartDefaults, ...withoutUndefined(restart ?? {}) },
    heartbeat: heartbeatOf(heartbeat ?? {}),
  };
}

/** The place of the projections' states. */
export function statePlaceOf(options: ResolvedProjectorOptions): ProjectionStatePlace {
  const { storageDirectory, store, stateDirectory } = options;
  return { storageDirectory, store, ...(stateDirectory === undefined ? {} : { stateDirectory }) };
}

function optionsOfThreads(found: readonly string[]): VarveError {
  return new VarveError('INVALID_OPTION', 'Threads have the options of Node.js that this process has.', {
    found,
    hint: 'Leave out "nodeOptions", or let "workers" be "processes".',
  });
}

function heartbeatOf(given: HeartbeatOptions): Required<HeartbeatOptions> {
  const heartbeat = { ...heartbeatDefaults, ...withoutUndefined(given) };
  if (heartbeat.timeoutMs >= 2 * heartbeat.intervalMs) return heartbeat;
  throw new VarveError('INVALID_OPTION', 'The heartbeat of workers would be missed while they are well.', {
    found: heartbeat,
    hint: 'Make the option "timeoutMs" of "heartbeat" at least twice its "intervalMs".',
  });
}

function modulesOf(projections: readonly ProjectionModule[] | undefined): string[] {
  const modules = (projections ?? []).map((module) => moduleUrlOf(module));
  if (modules.length > 0) return modules;
  throw new VarveError('INVALID_OPTION', 'The option "projections" names no module.', {
    found: projections,
    hint: 'It takes the paths or file URLs of the modules that export the projections.',
  });
}

const milliseconds: OptionRule = {
  description: 'a number of milliseconds, 0 or more, at most 2147483647',
  accepts: (value) => typeof value === 'number' && value >= 0 && value < 2 ** 31,
};

const textList: OptionRule = {
  description: 'an array of strings',
  accepts: (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
};

export const projectorRules: Readonly<Record<keyof ProjectorOptions, OptionRule>> = {
  projections: { description: 'an array of paths or file URLs', accepts: (value) => Array.isArray(value) },
  storageDirectory: optionRules.text,
  store: optionRules.text,
  stateDirectory: optionRules.text,
  checkpoint: optionRules.object,
  restart: optionRules.object,
  heartbeat: optionRules.object,
  reportIntervalMs: milliseconds,
  stopTimeoutMs: milliseconds,
  workers: {
    description: "'processes' or 'threads'",
    accepts: (value) => value === 'processes' || value === 'threads',
  },
  reload: optionRules.boolean,
  workerOutput: {
    description: "'inherit' or 'ignore'",
    accepts: (value) => value === 'inherit' || value === 'ignore',
  },
  nodeOptions: textList,
};

export const restartRules: Readonly<Record<keyof RestartOptions, OptionRule>> = {
  initialDelayMs: milliseconds,
  factor: { description: 'a number of 1 or more', accepts: (value) => typeof value === 'number' && value >= 1 },
  maxDelayMs: milliseconds,
  maxFailures: optionRules.positiveInteger,
  resetAfterMs: milliseconds,
};

export const heartbeatRules: Readonly<Record<keyof HeartbeatOptions, OptionRule>> = {
  intervalMs: { ...milliseconds, accepts: (value) => milliseconds.accepts(value) && (value as number) > 0 },
  timeoutMs: {
    description: 'a number of milliseconds above 0, or Infinity',
    accepts: (value) => typeof value === 'number' && value > 0,
  },
};
