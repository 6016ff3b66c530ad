/**
 * Options of everything that reads a store. Defaults are here and nowhere else; docs/options.md lists them.
 */
import { resolve } from 'node:path';
import { type Clock, systemClock } from '../clock/clock.ts';
import type { SerializerOption } from '../codec/codec.ts';
import type { FileSystem } from '../file-system/file-system.ts';
import { nodeFileSystem } from '../file-system/node-file-system.ts';
import { integerUpTo, maxTimerMs, type OptionRule, optionRules, withoutUndefined } from '../option-rules.ts';
import { areUpcasters, type Upcasters } from './upcasters.ts';

export interface ReadOptions {
  /**
   * The codec of payloads and metadata. Readers take it from the store; only a custom one must be given again.
   */
  readonly serializer?: SerializerOption;
  /**
   * For each event type, the functions that take its versions to the next one, applied in order when an event is read.
   * Nothing on disk changes.
   */
  readonly upcasters?: Upcasters;
  /** Memory for file blocks, in bytes. @default 33554432 */
  readonly readCacheBytes?: number;
  /**
   * The most files of partitions and the like that stay open; half of a writer's are for reading, half for writing.
   * @default 64
   */
  readonly maxOpenFiles?: number;
  /**
   * The directory in which a folder with the name of the store holds its partitions. Chosen when the store is created,
   * and recorded: give it again only when the files were moved or copied to another path.
   * @default the storage directory
   */
  readonly dataDirectory?: string;
  /** The same for its indexes. @default the storage directory */
  readonly indexDirectory?: string;
  /** Where archived segments are looked for first, before the directory that they were moved to. */
  readonly archiveDirectory?: string;
  /** Folder of the consumers' saved states. @default the folder `consumers` of the store */
  readonly consumerDirectory?: string;
  /** How often a reader looks for new events when nothing wakes it, in milliseconds. @default 100 */
  readonly pollIntervalMs?: number;
  /** Whether a reader watches the store's folder, to learn of new events at once. @default true */
  readonly watch?: boolean;
  /**
   * Whether the files are a copy of a store that is written on another machine. Consumers then read no further than what
   * that machine has synced, because it may lose what comes after. @default false
   */
  readonly replica?: boolean;
  /** The file system to use. Tests pass a simulated disk. */
  readonly fileSystem?: FileSystem;
  /** The clock to use. Tests pass a manual clock. */
  readonly clock?: Clock;
}

export const readOptionDefaults = {
  readCacheBytes: 33_554_432,
  maxOpenFiles: 64,
  pollIntervalMs: 100,
  watch: true,
  replica: false,
} as const;

export type ResolvedReadOptions = Required<Omit<ReadOptions, OptionalReadOption>> &
  Pick<ReadOptions, OptionalReadOption>;

/** The options that have no default. */
type OptionalReadOption =
  'serializer' | 'upcasters' | 'dataDirectory' | 'indexDirectory' | 'archiveDirectory' | 'consumerDirectory';

const directoryOptions = ['dataDirectory', 'indexDirectory', 'archiveDirectory', 'consumerDirectory'] as const;

export const readOptionRules: Readonly<Record<keyof ReadOptions, OptionRule>> = {
  serializer: optionRules.serializer,
  upcasters: { description: 'an object with a list of functions for each event type', accepts: areUpcasters },
  readCacheBytes: optionRules.positiveInteger,
  maxOpenFiles: optionRules.positiveInteger,
  dataDirectory: optionRules.path,
  indexDirectory: optionRules.path,
  archiveDirectory: optionRules.path,
  consumerDirectory: optionRules.text,
  pollIntervalMs: integerUpTo(maxTimerMs),
  watch: optionRules.boolean,
  replica: optionRules.boolean,
  fileSystem: optionRules.object,
  clock: optionRules.object,
};

export function resolveReadOptions(options: ReadOptions): ResolvedReadOptions {
  const given = withoutUndefined(options);
  return { ...readOptionDefaults, fileSystem: nodeFileSystem, clock: systemClock, ...given, ...directoriesOf(given) };
}

/**
 * The directories among the options, as absolute paths: they must stay the same when the process changes its directory.
 */
function directoriesOf(options: ReadOptions): Partial<Record<(typeof directoryOptions)[number], string>> {
  const given = directoryOptions.flatMap((name) =>
    options[name] === undefined ? [] : [[name, resolve(options[name])]],
  );
  return Object.fromEntries(given) as ReturnType<typeof directoriesOf>;
}
