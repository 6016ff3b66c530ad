/** The writing side of Varve: the store that commits, in the one process that has it open for writing. */
export type { CompressionOption, CompressionSettings } from './compression-option.ts';
export { Commit, type CommitPart, JointCommit } from './commit.ts';
export { type CommitCallback, ExpectedVersion } from './commit-arguments.ts';
export type { CommitCondition, ConditionArgument } from './commit-condition.ts';
export type { TermAccessor } from './derived/term-accessor.ts';
export { type DerivedStreamOptions, EventStore, type EventsToCommit } from './event-store.ts';
export type { EventStoreConfig } from './event-store-config.ts';
export type { Before } from './segments/before.ts';
export type { ArchiveOptions, DropOptions, LeftSegment, SegmentsResult } from './segments/segment-keeper.ts';
export type { StreamCommit } from './joint-commit.ts';
export { LOCK_RECLAIM, type WriteOptions } from './options.ts';
export {
  byTime,
  hashed,
  type PartitionerDocument,
  type PartitionerFunction,
  type PartitionerOption,
  type TimeUnit,
} from './partitioners.ts';
export { type LostStream, type RepairOptions, type RepairResult, repairStore } from './repair/repair-store.ts';
export { EventValidationError } from './schemas/event-validation-error.ts';
export type {
  EventSchemas,
  EventsOfSchemas,
  SchemaIssue,
  SchemaResult,
  StandardSchema,
} from './schemas/standard-schema.ts';
export { type DocumentPartitioner, Storage, type StorageOptions } from './storage.ts';
