/**
 * Everything between a path and a store that may be written: finds or creates the folder, takes the lock, reads or writes
 * `store.json`. Whatever goes wrong, nothing that existed is changed.
 */
import { type FileLock, type FileSystem, VarveError } from '@varve/core';
import {
  accessible,
  codecNameOf,
  createCodec,
  createCompressor,
  describeLockOwner,
  encodeStoreDescription,
  fileNames,
  makeDurableDirectory,
  findPlaces,
  findStore,
  partedVersion,
  recordPlaces,
  replaceFile,
  type StoreDescription,
  type StorePlaces,
  temporarySuffix,
  writeLockOwner,
} from '@varve/core/internal';
import { compressionNameOf, describeCompression } from './compression-option.ts';
import { makePlaces } from './make-places.ts';
import { newStoreDefaults, type ResolvedWriteOptions } from './options.ts';
import { createPartitioner, type Partitioner, partitionerNameOf, type PartitionerOption } from './partitioners.ts';

export interface StoreSetup {
  readonly lock: FileLock;
  readonly description: StoreDescription;
  readonly places: StorePlaces;
  readonly partitioner: Partitioner;
}

/** Files that a writer may find where there is no store yet, because an earlier writer died while creating it. */
const filesBeforeStore: ReadonlySet<string> = new Set([
  fileNames.lock,
  fileNames.lockOwner,
  fileNames.store + temporarySuffix,
  fileNames.lockOwner + temporarySuffix,
]);

export function setUpStore(directory: string, options: ResolvedWriteOptions): StoreSetup {
  const { fileSystem } = options;
  return accessible(directory, () => {
    if (findStore(fileSystem, directory) === undefined) {
      assertNothingElse(fileSystem, directory);
      makeDurableDirectory(fileSystem, directory);
    }
    const lock = takeLock(fileSystem, directory);
    try {
      const description = findStore(fileSystem, directory) ?? createStore(directory, options);
      const places = findPlaces(directory, options, description);
      assertUnderstood(description, options, directory);
      checkSameSerializer(description, options, directory);
      checkSameCompression(description, options, directory);
      const partitioner = choosePartitioner(description, options, directory);
      writeLockOwner(fileSystem, `${directory}/${fileNames.lockOwner}`, options.clock.nowUs());
      return { lock, description, places, partitioner };
    } catch (error) {
      lock.release();
      throw error;
    }
  });
}

function assertNothingElse(fileSystem: FileSystem, directory: string): void {
  const foreign = (fileSystem.list(directory) ?? []).filter((name) => !filesBeforeStore.has(name));
  // Files that have appeared since the first look are those of a store that another process is creating.
  if (foreign.length === 0 || findStore(fileSystem, directory) !== undefined) return;
  throw new VarveError('NOT_A_STORE', `The directory ${directory} holds files, but no Varve store.`, {
    path: directory,
    found: foreign.slice(0, 5),
    hint: 'Give a directory that is empty or does not exist yet. Nothing was changed.',
  });
}

/**
 * A file or folder of a store that is a link may lead anywhere: in a copy that somebody else made, to files that are not
 * theirs. A writer would write and rename there.
 */
function assertNoLinks(fileSystem: FileSystem, directory: string): void {
  const link = (fileSystem.list(directory) ?? []).find((name) => fileSystem.isLink?.(`${directory}/${name}`));
  if (link === undefined) return;
  const path = `${directory}/${link}`;
  throw new VarveError('STORE_UNAVAILABLE', `${path} is a symbolic link, and a writer does not follow those.`, {
    path,
    hint: 'Put the file or folder itself there. To have partitions or indexes elsewhere: `dataDirectory`, `indexDirectory`.',
  });
}

/** The writer's lock. Throws `STORE_LOCKED` when another process has it, and `STORE_UNAVAILABLE` where links are. */
export function takeLock(fileSystem: FileSystem, directory: string): FileLock {
  assertNoLinks(fileSystem, directory);
  const path = `${directory}/${fileNames.lock}`;
  const lock = accessible(path, () => fileSystem.lock(path));
  if (lock !== undefined) return lock;
  throw new VarveError(
    'STORE_LOCKED',
    `The store ${directory} is open for writing${describeLockOwner(fileSystem, `${directory}/${fileNames.lockOwner}`)}.`,
    {
      path,
      hint: 'There is one writer at a time: close the other one, or open the store with `readOnly: true`.',
    },
  );
}

function createStore(directory: string, options: ResolvedWriteOptions): StoreDescription {
  const { fileSystem, random, clock } = options;
  const serializer = options.serializer ?? newStoreDefaults.serializer;
  const compression = describeCompression(options.compression ?? newStoreDefaults.compression, serializer);
  const places = recordPlaces(directory, options);
  const description: StoreDescription = {
    id: random.hex(16),
    codec: codecNameOf(serializer),
    partitioner: partitionerNameOf(options.partitioner ?? newStoreDefaults.partitioner),
    created: new Date(clock.nowUs() / 1000).toISOString(),
    ...(compression === undefined ? {} : { compression }),
    ...places,
    ...(Object.keys(places).length === 0 ? {} : { version: partedVersion }),
  };
  makePlaces(directory, options, description);
  const path = `${directory}/${fileNames.store}`;
  const bytes = new TextEncoder().encode(encodeStoreDescription(description));
  replaceFile(fileSystem, path, bytes, { isDurable: true });
  return description;
}

/** Throws here, while the lock can be released, what would be thrown when the storage is created. */
function assertUnderstood(description: StoreDescription, options: ResolvedWriteOptions, directory: string): void {
  createCodec(description.codec, options.serializer, { load: () => [], add: () => undefined }, directory);
  createCompressor(description.compression, directory);
}

function checkSameSerializer(description: StoreDescription, options: ResolvedWriteOptions, directory: string): void {
  const { serializer } = options;
  if (serializer === undefined || codecNameOf(serializer) === description.codec) return;
  throw otherThanRecorded('serializer', description.codec, codecNameOf(serializer), directory);
}

function checkSameCompression(description: StoreDescription, options: ResolvedWriteOptions, directory: string): void {
  const { compression } = options;
  const recorded = description.compression?.algorithm ?? 'none';
  if (compression === undefined || compressionNameOf(compression) === recorded) return;
  throw otherThanRecorded('compression', recorded, compressionNameOf(compression), directory);
}

function choosePartitioner(
  description: StoreDescription,
  options: ResolvedWriteOptions,
  directory: string,
): Partitioner {
  const recorded = description.partitioner;
  const given = options.partitioner;
  if (given !== undefined) {
    if (partitionerNameOf(given) === recorded) return createPartitioner(given);
    throw otherThanRecorded('partitioner', recorded, partitionerNameOf(given), directory);
  }
  if (recorded !== 'custom') return createPartitioner(recorded as PartitionerOption);
  throw otherThanRecorded('partitioner', recorded, 'none', directory);
}

function otherThanRecorded(option: string, expected: string, found: string, directory: string): VarveError {
  return new VarveError(
    'INVALID_OPTION',
    `The store ${directory} was made with the ${option} ${JSON.stringify(expected)}, not ${JSON.stringify(found)}.`,
    {
      path: directory,
      expected,
      found,
      hint:
        expected === 'custom'
          ? `Pass the same \`${option}\` that it was made with.`
          : `Leave \`${option}\` out, or pass ${JSON.stringify(expected)}.`,
    },
  );
}
