/**
 * Options of everything that reads a store. Defaults are here and nowhere else; docs/options.md lists them.
 */
import { resolve } from 'node:path';
import { type Clock, systemClock } from '../clock/clock.ts';
import type { SerializerOption } from '../codec/codec.ts';
import { VarveError } from '../errors.ts';
import type { FileSystem } from '../file-system/file-system.ts';
import { nodeFileSystem } from '../file-system/node-file-system.ts';
import { areUpcasters, type Upcasters } from './upcasters.ts';

export interface ReadOptions {
  /**
   * The codec of payloads and metadata. Readers take it from the store; only a custom one must be given again.
   */
  readonly serializer?: SerializerOption;
  /**
   * For each event type the functions that take its versions to the next one, applied in order when an event is read.
   * Nothing on disk changes.
   */
  readonly upcasters?: Upcasters;
  /** Memory for file blocks, in bytes. @default 33554432 */
  readonly readCacheBytes?: number;
  /** Files of partitions and the like that are kept open; a writer has half of them for reading, half for writing. @default 64 */
  readonly maxOpenFiles?: number;
  /**
   * The directory in which a folder named as the store holds its partitions. Chosen when the store is made, and recorded:
   * to be given again only when the files were moved or copied to another path. @default the storage directory
   */
  readonly dataDirectory?: string;
  /** The same for its indexes. @default the storage directory */
  readonly indexDirectory?: string;
  /** Where segments that were moved to an archive are looked for, before the directory that they were moved to. */
  readonly archiveDirectory?: string;
  /** Folder of the consumers' saved states. @default the folder `consumers` of the store */
  readonly consumerDirectory?: string;
  /** How often a reader looks for new events when nothing wakes it, in milliseconds. @default 100 */
  readonly pollIntervalMs?: number;
  /** Whether a reader watches the store's folder, to hear of new events at once. @default true */
  readonly watch?: boolean;
  /**
   * Whether the files are a copy of a store that is written on another machine. Consumers then read no further than what
   * that machine has synced, because it may lose what comes behind. @default false
   */
  readonly replica?: boolean;
  /** Where files are. Tests put a simulated disk here. */
  readonly fileSystem?: FileSystem;
  /** What time it is. Tests put a manual clock here. */
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

/** What a value of an option must be, for messages and for the check itself. */
export interface OptionRule {
  readonly description: string;
  accepts(value: unknown): boolean;
}

/** An option that takes integers up to a limit. */
export function integerUpTo(most: number): OptionRule {
  return {
    description: `an integer from 1 to ${most}`,
    accepts: (value) => isInteger(value, 1) && (value as number) <= most,
  };
}

/** What timers can wait, in milliseconds: longer ones would fire at once, again and again. */
const longestTimerMs = 2 ** 31 - 1;

export const optionRules = {
  positiveInteger: { description: 'an integer of 1 or more', accepts: (value) => isInteger(value, 1) },
  boolean: { description: 'true or false', accepts: (value) => typeof value === 'boolean' },
  text: { description: 'a string that is not empty', accepts: (value) => typeof value === 'string' && value !== '' },
  path: { description: 'the path of a directory', accepts: isPath },
  callback: { description: 'a function', accepts: (value) => typeof value === 'function' },
  object: { description: 'an object', accepts: (value) => typeof value === 'object' && value !== null },
  serializer: {
    description: "'msgpackr', 'json', or an object with the functions serialize and deserialize",
    accepts: isSerializer,
  },
} satisfies Record<string, OptionRule>;

export const readOptionRules: Readonly<Record<keyof ReadOptions, OptionRule>> = {
  serializer: optionRules.serializer,
  upcasters: { description: 'an object with a list of functions for each event type', accepts: areUpcasters },
  readCacheBytes: optionRules.positiveInteger,
  maxOpenFiles: optionRules.positiveInteger,
  dataDirectory: optionRules.path,
  indexDirectory: optionRules.path,
  archiveDirectory: optionRules.path,
  consumerDirectory: optionRules.text,
  pollIntervalMs: integerUpTo(longestTimerMs),
  watch: optionRules.boolean,
  replica: optionRules.boolean,
  fileSystem: optionRules.object,
  clock: optionRules.object,
};

export function resolveReadOptions(options: ReadOptions): ResolvedReadOptions {
  const given = withoutUndefined(options);
  return { ...readOptionDefaults, fileSystem: nodeFileSystem, clock: systemClock, ...given, ...directoriesOf(given) };
}

/** The directories among the options. A process that goes elsewhere must find in them what it found before. */
function directoriesOf(options: ReadOptions): Partial<Record<(typeof directoryOptions)[number], string>> {
  const given = directoryOptions.flatMap((name) =>
    options[name] === undefined ? [] : [[name, resolve(options[name])]],
  );
  return Object.fromEntries(given) as ReturnType<typeof directoriesOf>;
}

/** Throws when `options` has a name that is not in `rules`, or a value that its rule refuses. */
export function checkOptions(options: object, rules: Readonly<Record<string, OptionRule>>): void {
  if (!optionRules.object.accepts(options)) {
    throw new VarveError('INVALID_OPTION', `Options are ${String(options)}.`, {
      found: options,
      expected: 'an object',
      hint: `They are an object with any of ${Object.keys(rules).join(', ')}.`,
    });
  }
  for (const [name, value] of Object.entries(options)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule === undefined) {
      throw new VarveError('INVALID_OPTION', `There is no option ${JSON.stringify(name)}.`, {
        found: name,
        expected: Object.keys(rules),
        hint: `The options are ${Object.keys(rules).join(', ')}.`,
      });
    }
    if (value !== undefined && !rule.accepts(value)) {
      throw new VarveError('INVALID_OPTION', `The option ${JSON.stringify(name)} has a value that cannot be used.`, {
        found: value,
        expected: rule.description,
        hint: `It takes ${rule.description}.`,
      });
    }
  }
}

/** A copy without the properties that are undefined, so that spreading it over defaults keeps the defaults. */
export function withoutUndefined<Options extends object>(options: Options): Options {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Options;
}

function isInteger(value: unknown, least: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= least;
}

function isPath(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && !value.includes('\0');
}

function isSerializer(value: unknown): boolean {
  if (value === 'msgpackr' || value === 'json') return true;
  if (typeof value !== 'object' || value === null || !('serialize' in value) || !('deserialize' in value)) return false;
  return typeof value.serialize === 'function' && typeof value.deserialize === 'function';
}
