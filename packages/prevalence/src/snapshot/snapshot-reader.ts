/**
 * Finds the newest snapshot that is complete and belongs to the history of the store and to the journal of the system.
 * Any other is passed over, and the reason is reported: an older one, or the journal alone, leads to the same model.
 */
import { VarveError } from '@varve/core';
import {
  checkHistory,
  decodeSnapshotChunk,
  decodeSnapshotHeader,
  EventReader,
  messageOf,
  type ReadableStorage,
  readWholeFile,
  type SnapshotHeader,
  snapshotHeaderBytes,
} from '@varve/core/internal';
import { journalVersionAt } from '../journal/journal-version.ts';
import { decodeCount, decodeObjects, type ObjectsOfPart } from './snapshot-body.ts';
import { SnapshotFolder } from './snapshot-folder.ts';

/** A snapshot that was read completely. */
export interface LoadedSnapshot {
  readonly header: SnapshotHeader;
  /** In the order in which they were written. */
  readonly chunks: readonly ObjectsOfPart[];
  readonly path: string;
}

/** A snapshot that cannot be used. */
export interface PassedSnapshot {
  readonly path: string;
  readonly reason: string;
}

export class SnapshotReader {
  /** The snapshots that the last call of `newest` passed over. */
  readonly passed: PassedSnapshot[] = [];
  private readonly storage: ReadableStorage;
  private readonly folder: SnapshotFolder;
  /** The stream of the journal. */
  private readonly stream: string;

  constructor(storage: ReadableStorage, systemName: string, stream: string) {
    this.storage = storage;
    this.stream = stream;
    this.folder = new SnapshotFolder(storage.options.fileSystem, storage.directory, systemName);
  }

  /**
   * The newest good snapshot that contains no more than the first `journalVersion` events of the journal. Throws
   * `NEWER_MODEL` when the newest is of a later version of the model than `modelVersion`.
   */
  newest(journalVersion: number, modelVersion: number): LoadedSnapshot | undefined {
    this.passed.length = 0;
    for (const position of this.folder.positions()) {
      const path = this.folder.pathOf(position);
      const loaded = this.load(path, position, journalVersion, modelVersion);
      if (typeof loaded === 'object') return loaded;
      if (loaded !== later) this.passed.push({ path, reason: loaded });
    }
    return undefined;
  }

  /** The snapshot, or the reason why it cannot be used. */
  private load(path: string, position: number, journalVersion: number, modelVersion: number): LoadedSnapshot | string {
    const { storage } = this;
    const bytes = readWholeFile(storage.options.fileSystem, path);
    if (bytes === undefined) return later;
    const header = decodeSnapshotHeader(bytes, storage.seed);
    // All checksums are seeded with the id of the store, so that a snapshot of another store is never accepted.
    if (header === 'checksum') return 'its header is damaged, or of another store (checksum)';
    if (typeof header === 'string') return `its header is damaged (${header})`;
    if (header.position !== position) return `its header says that it is of position ${header.position}`;
    if (header.journalVersion > journalVersion && position <= storage.visiblePosition) return later;
    const history = checkHistory(storage, header, new EventReader(storage));
    if (history === 'behind') return later;
    if (history !== 'same') return history.difference;
    if (journalVersionAt(storage, this.stream, position) !== header.journalVersion) return 'it is of another journal';
    if (header.modelVersion > modelVersion) throw newerModel(path, header.modelVersion, modelVersion);
    try {
      return { header, chunks: this.chunksOf(bytes), path };
    } catch (error) {
      return messageOf(error);
    }
  }

  private chunksOf(bytes: Uint8Array): ObjectsOfPart[] {
    const chunks: ObjectsOfPart[] = [];
    let at = snapshotHeaderBytes;
    let objects = 0;
    for (let number = 1; ; number++) {
      const found = decodeSnapshotChunk(bytes, at, number, this.storage.seed);
      if (typeof found === 'string') throw new Error(`chunk ${number} at offset ${at} is damaged (${found})`);
      const { chunk, end } = found;
      if (chunk.kind === 'end') {
        const count = decodeCount(chunk.body);
        if (count !== objects) throw new Error(`it holds ${objects} objects instead of ${count}`);
        return chunks;
      }
      const some = decodeObjects(chunk.body);
      chunks.push(some);
      objects += some.values.length;
      at = end;
    }
  }
}

/** The result for a snapshot that is merely newer than requested. */
const later = 'later';

function newerModel(path: string, found: number, expected: number): VarveError {
  return new VarveError('NEWER_MODEL', `The snapshot ${path} is of model version ${found}.`, {
    path,
    expected,
    found,
    hint: `This program has version ${expected}: use the one that wrote it, or a later one. Nothing was changed.`,
  });
}
