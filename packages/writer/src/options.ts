/**
 * Options of a writer. Defaults are here and nowhere else; docs/options.md lists them.
 */
import type { ReadOptions } from '@varve/core';
import {
  checkOptions,
  integerUpTo,
  maxPartitionBytes,
  type OptionRule,
  optionRules,
  type RandomSource,
  readOptionRules,
  resolveReadOptions,
  type ResolvedReadOptions,
  systemRandom,
  withoutUndefined,
} from '@varve/core/internal';
import { type CompressionOption, compressionRule } from './compression-option.ts';
import { customAccessor, type TermAccessor } from './derived/term-accessor.ts';
import { minRedoLogBytes, maxRedoLogBytes } from './redo-log.ts';
import { isPartitionerOption, partitionerDescription, type PartitionerOption } from './partitioners.ts';

/**
 * The value of `lock` that allows the writer to repair what a crash left behind: it may cut off everything after the durable
 * position that is not whole. It never takes the lock from a live writer.
 */
export const LOCK_RECLAIM = Symbol.for('varve.lock-reclaim');

export interface WriteOptions extends ReadOptions {
  /** Which partition an event goes to. Recorded in the store when it is created. @default 'shared' */
  readonly partitioner?: PartitionerOption;
  /**
   * Whether and how each frame is compressed: metadata and payloads of a commit together, and only where that makes it smaller.
   * Recorded in the store when it is created, with the dictionary. @default 'none'
   */
  readonly compression?: CompressionOption;
  /** Bytes that are buffered before they are written without waiting for the next tick. @default 262144 */
  readonly writeBufferSize?: number;
  /** Events that are buffered before they are written without waiting for the next tick. @default unlimited */
  readonly maxWriteBufferDocuments?: number;
  /** Whether each flush is synced to the medium, and callbacks wait for that. @default false */
  readonly syncOnFlush?: boolean;
  /** Whether this process reads its own events before they are flushed. @default true */
  readonly dirtyReads?: boolean;
  /** `LOCK_RECLAIM` to repair what a crash left after the durable position. */
  readonly lock?: typeof LOCK_RECLAIM;
  /** The most bytes that one commit may take on disk. @default 67108864 */
  readonly maxCommitBytes?: number;
  /** Size at which a new segment file is begun. @default 134217728 */
  readonly segmentBytes?: number;
  /**
   * Size of the redo log, which makes durable commits over several partitions faster; 0 for none. It is created once there are
   * such commits. @default 0
   */
  readonly redoLogBytes?: number;
  /** Events after which the newest part of the indexes is written as a run, and leaves memory. @default 131072 */
  readonly eventsPerIndexRun?: number;
  /** Metadata of a stream; called once when the stream is created, and kept in the catalog. */
  readonly streamMetadata?: (streamName: string) => Record<string, unknown> | undefined;
  /** Secret of this application: with it, matchers that are functions are restored from the store. */
  readonly hmacSecret?: string;
  /** Whether to keep an index of each event type, for queries. A store keeps it once it has it. @default false */
  readonly indexTypes?: boolean;
  /** Where an event has its type: a path of properties, or a function. Turns the indexes of types on. @default 'type' */
  readonly typeAccessor?: TermAccessor;
  /** Where an event has its tags, an array of strings: a path, or a function. Turns the indexes of tags on. */
  readonly tagsAccessor?: TermAccessor;
  /** Metadata of a partition; called once when the partition is created, and kept in the catalog. */
  readonly metadata?: (partitionName: string) => Record<string, unknown> | undefined;
  /** The source of random ids. Tests pass a fixed one. */
  readonly random?: RandomSource;
}

export const writeOptionDefaults = {
  writeBufferSize: 262_144,
  maxWriteBufferDocuments: Infinity,
  syncOnFlush: false,
  indexTypes: false,
  dirtyReads: true,
  maxCommitBytes: 67_108_864,
  segmentBytes: 134_217_728,
  redoLogBytes: 0,
  eventsPerIndexRun: 131_072,
} as const;

/** Codec, partitioner and compression of a new store when none is given. */
export const newStoreDefaults = { serializer: 'msgpackr', partitioner: 'shared', compression: 'none' } as const;

export type ResolvedWriteOptions = ResolvedReadOptions &
  Required<Omit<WriteOptions, keyof ReadOptions | OptionalName>> &
  Pick<WriteOptions, OptionalName>;

/** Options without a default. */
type OptionalName =
  | 'partitioner'
  | 'compression'
  | 'lock'
  | 'streamMetadata'
  | 'metadata'
  | 'hmacSecret'
  | 'typeAccessor'
  | 'tagsAccessor';

/** The highest value of a frame's length field. */
const maxFrameBytes = 2 ** 32 - 1;

const termAccessor: OptionRule = {
  description: "a path of properties, such as 'data.type', or a function",
  accepts: (value) => typeof value === 'function' || (optionRules.text.accepts(value) && value !== customAccessor),
};

export const writeOptionRules: Readonly<Record<keyof WriteOptions, OptionRule>> = {
  ...readOptionRules,
  partitioner: {
    description: partitionerDescription,
    accepts: isPartitionerOption,
  },
  compression: compressionRule,
  writeBufferSize: optionRules.positiveInteger,
  maxWriteBufferDocuments: {
    description: 'an integer of 1 or more, or Infinity',
    accepts: (value) => value === Infinity || optionRules.positiveInteger.accepts(value),
  },
  syncOnFlush: optionRules.boolean,
  dirtyReads: optionRules.boolean,
  lock: { description: 'LOCK_RECLAIM', accepts: (value) => value === LOCK_RECLAIM },
  maxCommitBytes: integerUpTo(maxFrameBytes),
  segmentBytes: integerUpTo(maxPartitionBytes),
  redoLogBytes: {
    description: `0, or an integer from ${minRedoLogBytes} to ${maxRedoLogBytes}`,
    accepts: (value) =>
      value === 0 || (integerUpTo(maxRedoLogBytes).accepts(value) && (value as number) >= minRedoLogBytes),
  },
  eventsPerIndexRun: optionRules.positiveInteger,
  streamMetadata: optionRules.callback,
  hmacSecret: optionRules.text,
  indexTypes: optionRules.boolean,
  typeAccessor: termAccessor,
  tagsAccessor: termAccessor,
  metadata: optionRules.callback,
  random: optionRules.object,
};

export function resolveWriteOptions(options: WriteOptions): ResolvedWriteOptions {
  checkOptions(options, writeOptionRules);
  return {
    ...writeOptionDefaults,
    random: systemRandom,
    ...withoutUndefined(options),
    ...resolveReadOptions(options),
  };
}

/** The options that a reader takes; the others concern writing and mean nothing to it. */
export function readPart(options: WriteOptions): ReadOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => Object.hasOwn(readOptionRules, name)));
}
