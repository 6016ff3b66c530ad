/** Prevalent systems: a model in memory, changed by commands that are journaled in a Varve store, and restored from there. */
export type { Blobs } from './blobs/blobs.ts';
export type {
  Acknowledgement,
  AnyCommand,
  CommandHandler,
  CommandMap,
  Execute,
  ExecuteOptions,
  VersionedCommand,
} from './commands/command-definition.ts';
export type { CommandContext } from './commands/command-context.ts';
export {
  array,
  type ArrayDefinition,
  category,
  type CategoryDefinition,
  hash,
  type HashDefinition,
  hashList,
  type HashListDefinition,
  type IndexDefinition,
  kind,
  type KindDefinition,
  range,
  type RangeDefinition,
  unique,
  type UniqueDefinition,
  uniqueString,
} from './indexes/index-definition.ts';
export type { CategoryReader, HashReader, IndexReader, RangeReader, UniqueReader } from './indexes/index-reader.ts';
export type { RangeOptions } from './indexes/range-index.ts';
export type { ChangeEvent, CommandEvent, JournaledChange, JournalEvent } from './journal/journal-event.ts';
export { collection } from './model/collection.ts';
export { dictionary, value } from './model/dictionary.ts';
export type {
  CollectionDefinition,
  CollectionDrafting,
  CollectionOptions,
  CollectionReading,
  DictionaryDefinition,
  Draft,
  Frozen,
  ModelDefinition,
  ModelDraft,
  ModelReader,
  ObjectsByKey,
  PartDefinition,
  ReadonlyDate,
  ValueDefinition,
} from './model/model-types.ts';
export { convertField, dropField, type Migration, type ObjectMigration, renameField } from './snapshot/migration.ts';
export type { SnapshotOptions } from './snapshot/snapshot-options.ts';
export type { PassedSnapshot } from './snapshot/snapshot-reader.ts';
export type { SnapshotInfo } from './snapshot/snapshot-writer.ts';
export { prevalence } from './prevalence.ts';
export type { Repository, RepositoryHandler, RepositoryOptions } from './repository/repository.ts';
export type { Follower } from './system/follower.ts';
export type { Moment, PastSystem } from './system/past-system.ts';
export type { PrevalenceDefinition } from './system/prevalence-definition.ts';
export type { CommandFunctions, PrevalentSystem } from './system/prevalent-system.ts';
export type { QueryFunctions, QueryOptions, ReadableSystem, SystemEvents } from './system/readable-system.ts';
export type { CommandInfo, RestoreInfo } from './system/restored-model.ts';
export type { QueryMap, SystemInput } from './system/system-definition.ts';
export type { SystemOptions } from './system/system-options.ts';
