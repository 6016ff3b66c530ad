/**
 * What Varve's other packages need beyond the public interface. No promise of stability: import from `@varve/core`.
 */
export { type Codec, codecNameOf, createCodec, type SerializerOption } from './codec/codec.ts';
export {
  type CompressionAlgorithm,
  compressionAlgorithms,
  type Compressor,
  createCompressor,
} from './codec/compressor.ts';
export { type DictionarySource, encodeDictionary } from './codec/dictionary.ts';
export { checkpointDefaults, checkpointRules } from './consumer/checkpoint-keeper.ts';
export { identifySource, sourceOf } from './consumer/consumed-source.ts';
export { ConsumerFile } from './consumer/consumer-file.ts';
export { deepFreeze } from './consumer/deep-freeze.ts';
export { StateCodec } from './codec/state-codec.ts';
export { type ErrorData, errorData, errorFrom, isErrorCode, plainMessageOf, withoutStop } from './error-data.ts';
export { messageOf, systemErrorCode } from './errors.ts';
export {
  type CatalogRecord,
  catalogRecordChecksum,
  encodeCatalogRecord,
  type CatalogRecordFault,
  type SegmentsRecord,
} from './format/catalog-record.ts';
export { decodeCatalogRecord } from './format/catalog-record.ts';
export { checksum, checksumSeed } from './format/checksum.ts';
export {
  decodeFileHeader,
  encodeFileHeader,
  type FileHeader,
  fileHeaderBytes,
  formatVersion,
} from './format/file-header.ts';
export {
  checkCommitIdRun,
  type CommitIdEntry,
  commitIdEntryBytes,
  commitIdEntryOffset,
  type CommitIdHash,
  type CommitIdScope,
  compareHashes,
  encodeCommitIdRun,
  hashCommitId,
  readCommitIdEntry,
} from './format/commit-id-run.ts';
export {
  blobFileName,
  commitIdsFileName,
  fileNames,
  parseBlobFileName,
  parseCommitIdsFileName,
  parseSegmentFileName,
  parseSnapshotFileName,
  partitionFolderName,
  positionsFileName,
  prevalenceFolderName,
  segmentFileName,
  snapshotFileName,
  temporarySuffix,
} from './format/file-names.ts';
export {
  type ArchivedSegment,
  archivedSegmentsFields,
  type DroppedEvents,
  droppedEventsFields,
  type PartitionBeginning,
} from './format/segment-record.ts';
export { SegmentRecords } from './storage/segment-records.ts';
export {
  decodeRedoRecord,
  type RedoRecord,
  redoRecordAlignment,
  redoRecordLayout,
  redoSeed,
  type RedoWrite,
  redoWriteLayout,
  sealRedoRecord,
  writeRedoWriteHeader,
} from './format/redo-record.ts';
export { frameKind, frameLayout, minFrameBytes } from './format/frame-layout.ts';
export {
  type FrameCheck,
  type FrameFields,
  frameHeaderBytes,
  FrameView,
  readFrameLength,
  sealFrame,
  writeFrameHeader,
} from './format/frame.ts';
export { encodeLinks, encodeOnlyLink, noLinks } from './format/frame-links.ts';
export { encodeNameIndex, nameCountsOf, nameIndexBody } from './format/name-index.ts';
export { bytesOf, orderU32Array } from './format/number-array.ts';
export {
  decodeHead,
  emptyHead,
  encodeHeadSlot,
  type Head,
  headFileBytes,
  headSlotBytes,
  headSlotOffset,
} from './format/head.ts';
export {
  maxPartitionBytes,
  maxPartitions,
  positionEntryBytes,
  positionsPerFile,
  writePositionEntry,
} from './format/position-entry.ts';
export {
  type CompressionDescription,
  encodePartFile,
  encodeStoreDescription,
  partedVersion,
  type StoreDescription,
} from './format/store-file.ts';
export {
  decodeSnapshotChunk,
  decodeSnapshotHeader,
  encodeSnapshotChunk,
  encodeSnapshotHeader,
  snapshotHeaderBytes,
  type SnapshotHeader,
} from './format/snapshot-file.ts';
export { checkHistory } from './storage/history-check.ts';
export { checkPosition } from './storage/wait-for-position.ts';
export { makeDurableDirectory } from './file-system/durable-directory.ts';
export { makeRoom, openIfThere, readFully, readWholeFile, replaceFile, writeFully } from './file-system/file-system.ts';
export { describeLockOwner, writeLockOwner } from './file-system/lock-owner.ts';
export { type RandomSource, systemRandom } from './clock/random.ts';
export { waitUntil } from './clock/wait-until.ts';
export { canonicalMatcher, type CanonicalObject } from './matcher/canonical-matcher.ts';
export { propertyOf } from './matcher/compile-matcher.ts';
export { type Route, routeOf } from './matcher/route.ts';
export { isSameMatcher, storedFunction, storedMatcher, testOf } from './matcher/stored-matcher.ts';
export { type EventTest, type MatcherInput } from './matcher/stored-matcher.ts';
export { toPosition, toStreamVersion } from './position.ts';
export { checkAfter, checkQuery } from './query/event-query.ts';
export { firstMatch } from './query/query-positions.ts';
export type { BlockCache } from './storage/block-cache.ts';
export { Block, CachedFile } from './storage/cached-file.ts';
export {
  type DerivedDefinition,
  type DerivedIndexes,
  type IndexDefinition,
  type IndexEntry,
  type TermFamily,
} from './storage/derived-indexes.ts';
export { EventReader } from './storage/event-reader.ts';
export { HeadFile } from './storage/head-file.ts';
export { findRuns, type RunName, runPath } from './storage/find-runs.ts';
export { damagedRun, IndexRun } from './storage/index-run.ts';
export { nameTableOf } from './storage/open-name-table.ts';
export { openRuns } from './storage/open-runs.ts';
export { IndexSet } from './storage/index-set.ts';
export { knowsStructures } from './storage/knows-structures.ts';
export { Postings } from './storage/postings.ts';
export {
  decodeRunDirectory,
  decodeRunHeader,
  encodeRun,
  isPostingBlockWhole,
  maxPosting,
  postingBytes,
  type RunContents,
  type RunDirectory,
  runBlockBytes,
  runDirectoryBytes,
  runDirectoryPieces,
  RunEncoder,
  type RunHeader,
  runHeaderBytes,
  runPostingsOffset,
} from './format/run.ts';
export { asynchronous, isPromise } from './asynchronous.ts';
export { shown } from './shown.ts';
export { checkOptions, integerUpTo, type OptionRule, optionRules, withoutUndefined } from './option-rules.ts';
export { readOptionRules, resolveReadOptions, type ResolvedReadOptions } from './storage/read-options.ts';
export { type CatalogContext } from './storage/readable-catalog.ts';
export { type NamedEntry, ReadableCatalog, type StreamMetadata } from './storage/readable-catalog.ts';
export { type StoreContext, ReadablePartition, type Segment } from './storage/readable-partition.ts';
export { FrameCursor } from './storage/frame-cursor.ts';
export { type FrameLocation, ReadablePositionIndex } from './storage/readable-position-index.ts';
export { eventTypeOf } from './storage/event-type.ts';
export { areUpcasters, UpcasterChains } from './storage/upcasters.ts';
export { type CoveredRange, longestChain } from './storage/longest-chain.ts';
export { callHook, noMetadata } from './storage/demand.ts';
export { ReadableStorage } from './storage/readable-storage.ts';
export type { PositionSequence } from './storage/position-sequence.ts';
export { ReadOnlyStorage } from './storage/read-only-storage.ts';
export { accessible, findStore, unavailable } from './storage/store-description.ts';
export {
  findPlaces,
  ownerOf,
  type PlaceOptions,
  placeFolder,
  recordPlaces,
  type StorePlaces,
} from './storage/store-places.ts';
export { defaultStorageDirectory, storeDirectory } from './store/store-directory.ts';
export { documentStream } from './store/readable-document-storage.ts';
export { openCheckFiles, type CheckFiles } from './verify/checked-store.ts';
export { describeStore, type StoreSurvey, surveyStore } from './verify/store-survey.ts';
export { type CatalogSurvey, surveyCatalog } from './verify/survey-catalog.ts';
export { verifyRules } from './verify/verify-store.ts';
