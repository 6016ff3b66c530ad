/** Formats, readers, streams and consumers of Varve: everything that a read-only process needs. */
export { type Clock, systemClock, type Timer } from './clock/clock.ts';
export type { WaitOptions } from './clock/wait-until.ts';
export type { Serializer } from './codec/serializer-codec.ts';
export type { SerializerOption } from './codec/codec.ts';
export type { CheckpointOptions } from './consumer/checkpoint-keeper.ts';
export type { ConsumedSource } from './consumer/consumed-source.ts';
export { Consumer } from './consumer/consumer.ts';
export type { ConsumerEvents, ConsumerOptions, RunOptions } from './consumer/consumer-options.ts';
export type { Delivery, EventHandler } from './consumer/event-handling.ts';
export { SinkConsumer, type SinkConsumerEvents } from './consumer/sink-consumer.ts';
export type { Sink, SinkCheckpoint, SinkHandler, SinkKey, SinkOptions } from './consumer/sink.ts';
export type { ConsumerEntry, ScanCallback } from './consumer/scan-consumers.ts';
export { type ConsumerState, type ConsumerStatePlace, readConsumerState } from './consumer/consumer-state.ts';
export {
  ConditionFailedError,
  CorruptionError,
  DivergedError,
  EventsDroppedError,
  type ErrorCode,
  errorCodes,
  type ErrorDetails,
  hasErrorCode,
  OptimisticConcurrencyError,
  UpcastError,
  type UpcastPlace,
  VarveError,
} from './errors.ts';
export type { FileHandle, FileLock, FileStatus, FileSystem, Watch } from './file-system/file-system.ts';
export { nodeFileSystem } from './file-system/node-file-system.ts';
export type {
  Matcher,
  MatcherCondition,
  MatcherFunction,
  MatcherOperators,
  MatcherValue,
  ObjectMatcher,
  ObjectMatcherOf,
} from './matcher/matcher.ts';
export type { Position, PositionInput, StreamVersion, StreamVersionInput } from './position.ts';
export type { EventQuery, QueryItem, QueryOptions } from './query/event-query.ts';
export type { EventMetadata } from './storage/event-metadata.ts';
export type { StoredEvent } from './storage/event-reader.ts';
export type { StreamMetadata } from './storage/readable-catalog.ts';
export type { CommitInfo } from './storage/commit-info.ts';
export type { ReadOptions } from './storage/read-options.ts';
export type { ReindexResult } from './storage/reindex-result.ts';
export type { Upcaster, Upcasters } from './storage/upcasters.ts';
export type {
  CommittableEvent,
  EventMap,
  EventOf,
  EventsByType,
  MatchableEvent,
  ReadableEvent,
  UntypedEvents,
} from './store/event-types.ts';
export type { EventMatcher, EventPredicate } from './stream/event-predicate.ts';
export { EventStream } from './stream/event-stream.ts';
export type { FollowOptions } from './stream/follow-events.ts';
export type { NdjsonOptions } from './stream/ndjson.ts';
export { allStream } from './stream/stream-source.ts';
export { type ReadOnlyConfig, ReadOnlyEventStore } from './store/read-only-event-store.ts';
export { ConsumableEventStore } from './store/consumable-event-store.ts';
export type { ReadEvents } from './store/read-events.ts';
export { ReadableEventStore } from './store/readable-event-store.ts';
export { DocumentIndex } from './store/document-index.ts';
export { ReadableDocumentStorage, type UntypedDocument } from './store/readable-document-storage.ts';
export { ReadOnlyDocumentStorage } from './store/read-only-document-storage.ts';
export { type Finding, type FindingCode, findingKinds, type Harm } from './verify/finding.ts';
export type { PositionRange } from './verify/cross-check.ts';
export { type VerifyOptions, type VerifyProgress, type VerifyResult, verifyStore } from './verify/verify-store.ts';
export { EventExport, type ExportGap, exportEvents, type ExportOptions } from './salvage/export-events.ts';
