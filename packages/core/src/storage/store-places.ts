/**
 * In which folders the files of a store are: its own, unless it was created with `dataDirectory` or `indexDirectory`.
 * Where they are elsewhere, `store.json` says so, and a file there names the store that they belong to: a wrong
 * directory is an error, never an empty store. Layout: docs/format.md, "Files elsewhere".
 */
import { basename, resolve } from 'node:path';
import { CorruptionError, hasErrorCode, VarveError } from '../errors.ts';
import type { FileSystem } from '../file-system/file-system.ts';
import { readWholeFile } from '../file-system/file-system.ts';
import { fileNames } from '../format/file-names.ts';
import { decodePartFile, type PartDescription, type StoreDescription } from '../format/store-file.ts';
import { accessible } from './store-description.ts';

export interface StorePlaces {
  /** The folder that holds the folder of the partitions. */
  readonly dataDirectory: string;
  /** The folder that holds positions, runs, commit ids and name indexes. */
  readonly indexDirectory: string;
}

export interface PlaceOptions {
  readonly dataDirectory?: string;
  readonly indexDirectory?: string;
  readonly fileSystem: FileSystem;
}

type PlaceName = keyof StorePlaces;
type Recorded = Pick<StoreDescription, PlaceName>;

/** The folders of the store in `directory`. Throws `WRONG_DIRECTORY` when an option or the record leads elsewhere. */
export function findPlaces(directory: string, options: PlaceOptions, description: StoreDescription): StorePlaces {
  return {
    dataDirectory: findPlace('dataDirectory', directory, options, description),
    indexDirectory: findPlace('indexDirectory', directory, options, description),
  };
}

/** What a new store records of the directories in the options: those that are not its own. */
export function recordPlaces(directory: string, options: PlaceOptions): Recorded {
  const record = (place: PlaceName): Recorded => {
    const given = options[place];
    return given === undefined || isOwn(directory, given) ? {} : { [place]: resolve(given) };
  };
  return { ...record('dataDirectory'), ...record('indexDirectory') };
}

/**
 * The store whose files are in `folder`; undefined when nothing says so. Throws `CORRUPTION` when the file that says so
 * is damaged.
 */
export function ownerOf(fileSystem: FileSystem, folder: string): PartDescription | undefined {
  const path = `${folder}/${fileNames.part}`;
  const bytes = accessible(path, () => readWholeFile(fileSystem, path));
  if (bytes === undefined) return undefined;
  const owner = decodePartFile(new TextDecoder().decode(bytes));
  if (owner !== undefined) return owner;
  throw new CorruptionError(`The file ${path}, which says whose files are beside it, is damaged.`, {
    path,
    offset: 0,
    hint: 'Restore it from a copy: it never changes. Nothing was changed.',
  });
}

/** The same for a check of the store: a damaged file says nothing. */
export function readableOwnerOf(fileSystem: FileSystem, folder: string): PartDescription | undefined {
  try {
    return ownerOf(fileSystem, folder);
  } catch (error) {
    if (hasErrorCode(error, 'CORRUPTION')) return undefined;
    throw error;
  }
}

function findPlace(
  place: PlaceName,
  directory: string,
  { fileSystem, ...options }: PlaceOptions,
  description: StoreDescription,
): string {
  const { [place]: given } = options;
  const { [place]: recorded, id } = description;
  if (recorded === undefined) {
    if (given === undefined || isOwn(directory, given)) return directory;
    throw wrongDirectory(place, given, {
      reason: `the store ${directory} was made without it, and has these files in its own folder`,
      hint: `Leave \`${place}\` out. It is chosen when a store is made.`,
    });
  }
  const folder = placeFolder(given ?? recorded, directory);
  const owner = ownerOf(fileSystem, folder)?.store;
  if (owner === id) return folder;
  const found = owner === undefined ? 'nothing there says that it belongs to a store' : `it is of the store ${owner}`;
  throw wrongDirectory(place, given ?? recorded, {
    reason: `${folder} is not of the store ${directory}, whose id is ${id}: ${found}`,
    hint: `The store was made with ${JSON.stringify(recorded)}. Give the directory in which these files are now.`,
    expected: id,
    found: owner,
  });
}

/** Whether the directory is the one that holds the folder of the store itself. */
function isOwn(directory: string, given: string): boolean {
  return resolve(placeFolder(given, directory)) === resolve(directory);
}

/** The folder, in a directory for files of stores, that holds those of the store in `directory`. */
export function placeFolder(place: string, directory: string): string {
  return `${place.replace(/(?<=.)\/+$/, '')}/${basename(directory)}`;
}

function wrongDirectory(
  place: PlaceName,
  path: string,
  details: { readonly reason: string; readonly hint: string; readonly expected?: unknown; readonly found?: unknown },
): VarveError {
  const { reason, ...rest } = details;
  return new VarveError('WRONG_DIRECTORY', `The ${place} ${path} cannot be used: ${reason}.`, { path, ...rest });
}
