/**
 * Which partition an event goes to. The shared log is the default: a store with a million streams is a handful of
 * files, and one sync makes a whole group of commits durable. When another choice wins: docs/partitioning.md.
 */
import { crc32 } from 'node:zlib';
import { VarveError } from '@varve/core';

/** What a partitioner function sees of an event that is about to be committed. */
export interface PartitionerDocument {
  readonly stream: string;
  readonly payload: unknown;
  /** The metadata that the event will have, including what was given to the commit. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** When it is committed, in milliseconds since 1970. */
  readonly committedAt: number;
}

/** Names the partition of an event; must always give the same name for the same arguments. */
export type PartitionerFunction = (document: PartitionerDocument, position: number, stream: string) => string;

const timeUnits = ['hour', 'day', 'month', 'year'] as const;
export type TimeUnit = (typeof timeUnits)[number];

/**
 * A ready-made partitioner by name, or a function. `'shared'` is one log, `'perStream'` a partition for each stream,
 * `'perCategory'` one for each category (`user` for `user-123` and `user/a3/123`); `hashed(8)` spreads the streams
 * over eight, and `byTime('day')` begins a new one each day.
 */
export type PartitionerOption =
  'shared' | 'perStream' | 'perCategory' | `hashed(${number})` | `byTime(${TimeUnit})` | PartitionerFunction;

export interface Partitioner {
  /** The name in `store.json`. */
  readonly name: string;
  /** The partition of all events of a commit to one stream; undefined when it must be asked for each event. */
  readonly ofCommit: ((stream: string, clockUs: number) => string) | undefined;
  readonly ofDocument: PartitionerFunction | undefined;
}

/** The partition of the shared log. */
export const sharedPartition = 'shared';

const maxHashed = 65_536;
/** Length of `2026-11-22T15:04:05.678Z` up to and including the unit. */
const timeNameLength: Readonly<Record<TimeUnit, number>> = { hour: 13, day: 10, month: 7, year: 4 };

/** Spreads the streams over `count` partitions; all events of a stream stay together. */
export function hashed(count: number): `hashed(${number})` {
  const name = `hashed(${count})` as const;
  if (isPartitionerName(name)) return name;
  throw new VarveError('INVALID_OPTION', `hashed() was called with ${String(count)}.`, {
    found: count,
    expected: `an integer from 1 to ${maxHashed}`,
    hint: 'Give the number of partitions, for example hashed(8).',
  });
}

/** Begins a new partition each hour, day, month or year, by the time of the commit in UTC. */
export function byTime(unit: TimeUnit): `byTime(${TimeUnit})` {
  const name = `byTime(${unit})` as const;
  if (isPartitionerName(name)) return name;
  throw new VarveError('INVALID_OPTION', `byTime() was called with ${JSON.stringify(unit)}.`, {
    found: unit,
    expected: timeUnits,
    hint: `The units are ${timeUnits.join(', ')}.`,
  });
}

/** The values of the option, for messages. */
export const partitionerDescription = "'shared', 'perStream', 'perCategory', hashed(n), byTime(unit) or a function";

export function isPartitionerOption(value: unknown): value is PartitionerOption {
  return typeof value === 'function' || isPartitionerName(value);
}

/** The name that `store.json` records for a partitioner. */
export function partitionerNameOf(option: PartitionerOption): string {
  return typeof option === 'string' ? option : 'custom';
}

export function createPartitioner(option: PartitionerOption): Partitioner {
  if (typeof option === 'function') return { name: 'custom', ofCommit: undefined, ofDocument: option };
  return { name: option, ofCommit: nameOfCommit(option), ofDocument: undefined };
}

function nameOfCommit(option: Exclude<PartitionerOption, PartitionerFunction>): Partitioner['ofCommit'] {
  if (option === 'shared') return () => sharedPartition;
  if (option === 'perStream') return (stream) => stream;
  if (option === 'perCategory') return categoryOf;
  const count = hashedCount(option);
  if (count !== undefined) return (stream) => `hash-${crc32(stream) % count}`;
  const length = timeNameLength[timeUnitOf(option)!];
  return (_stream, clockUs) => new Date(clockUs / 1000).toISOString().slice(0, length);
}

/** The part of a stream's name before the first `-` or `/`; the whole name when there is none, or it comes first. */
function categoryOf(stream: string): string {
  const end = stream.search(/[-/]/);
  return end > 0 ? stream.slice(0, end) : stream;
}

function isPartitionerName(value: unknown): boolean {
  if (value === 'shared' || value === 'perStream' || value === 'perCategory') return true;
  return typeof value === 'string' && (hashedCount(value) !== undefined || timeUnitOf(value) !== undefined);
}

function hashedCount(name: string): number | undefined {
  const count = Number(/^hashed\(([1-9]\d*)\)$/.exec(name)?.[1]);
  return count <= maxHashed ? count : undefined;
}

function timeUnitOf(name: string): TimeUnit | undefined {
  return timeUnits.find((unit) => name === `byTime(${unit})`);
}
