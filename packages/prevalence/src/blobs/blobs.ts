/**
 * Bytes that are too large for a model: files in the folder of the system, each named by the SHA-256 of its contents. A
 * blob is on the medium before its id is known, so a command that carries the id never refers to a missing blob.
 */
import { createHash, randomUUID } from 'node:crypto';
import { CorruptionError, type FileSystem, VarveError } from '@varve/core';
import {
  accessible,
  blobFileName,
  parseBlobFileName,
  prevalenceFolderName,
  readFully,
  readWholeFile,
  temporarySuffix,
  writeFully,
} from '@varve/core/internal';
import { DurableFolder } from '../snapshot/durable-folder.ts';

const bytesPerRead = 262_144;

export class Blobs {
  private readonly fileSystem: FileSystem;
  private readonly folder: string;
  private readonly durableFolder: DurableFolder;

  constructor(fileSystem: FileSystem, storeDirectory: string, systemName: string) {
    this.fileSystem = fileSystem;
    this.folder = `${storeDirectory}/${prevalenceFolderName(systemName)}/blobs`;
    this.durableFolder = new DurableFolder(fileSystem, this.folder, storeDirectory);
  }

  /** Stores bytes, given as a whole or in pieces. Resolves with their id when they are on the medium. */
  async put(bytes: Uint8Array | AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<string> {
    const { fileSystem, folder } = this;
    accessible(folder, () => this.durableFolder.make());
    // A random name: others may put blobs at the same time, in this process or elsewhere in a process with the same
    // process id.
    const temporaryPath = `${folder}/${randomUUID()}${temporarySuffix}`;
    const hash = createHash('sha256');
    const handle = accessible(folder, () => fileSystem.open(temporaryPath, 'create'));
    let end = 0;
    try {
      handle.truncate(0);
      for await (const piece of bytes instanceof Uint8Array ? [bytes] : bytes) {
        hash.update(piece);
        writeFully(handle, piece, 0, piece.length, end);
        end += piece.length;
      }
      await handle.syncLater();
    } catch (error) {
      handle.close();
      fileSystem.remove(temporaryPath);
      throw error;
    }
    handle.close();
    const id = hash.digest('hex');
    await this.durableFolder.durable();
    fileSystem.rename(temporaryPath, this.pathOf(id));
    await fileSystem.syncDirectoryLater(folder);
    return id;
  }

  has(id: string): boolean {
    return this.fileSystem.stat(this.pathOf(id)) !== undefined;
  }

  /** The bytes of a blob. Throws `BLOB_MISSING`, and `CORRUPTION` when they are not the bytes that were put. */
  get(id: string): Uint8Array {
    const path = this.pathOf(id);
    const bytes = accessible(path, () => readWholeFile(this.fileSystem, path));
    if (bytes === undefined) throw missing(id, path);
    if (createHash('sha256').update(bytes).digest('hex') !== id) throw damaged(id, path);
    return bytes;
  }

  /** The same in pieces; damage shows only at the end. */
  *stream(id: string): Generator<Uint8Array, undefined> {
    const path = this.pathOf(id);
    if (!this.has(id)) throw missing(id, path);
    const handle = accessible(path, () => this.fileSystem.open(path, 'read'));
    const hash = createHash('sha256');
    try {
      for (let at = 0; ;) {
        const piece = new Uint8Array(bytesPerRead);
        const count = readFully(handle, piece, 0, bytesPerRead, at);
        if (count === 0) break;
        hash.update(piece.subarray(0, count));
        yield piece.subarray(0, count);
        at += count;
      }
    } finally {
      handle.close();
    }
    if (hash.digest('hex') !== id) throw damaged(id, path);
    return undefined;
  }

  /** Removes a blob; returns false when there is none. A model of the past may still refer to it. */
  delete(id: string): boolean {
    const wasThere = this.has(id);
    if (wasThere) this.fileSystem.remove(this.pathOf(id));
    return wasThere;
  }

  /** The ids of all blobs, unsorted: those to which the model does not refer may be deleted. */
  ids(): string[] {
    return (this.fileSystem.list(this.folder) ?? []).flatMap((name) => parseBlobFileName(name) ?? []);
  }

  private pathOf(id: string): string {
    const name = typeof id === 'string' ? blobFileName(id) : undefined;
    if (name !== undefined && parseBlobFileName(name) === id) return `${this.folder}/${name}`;
    throw new VarveError('BLOB_MISSING', `${JSON.stringify(id)} is not the id of a blob.`, {
      found: id,
      expected: '64 hexadecimal digits',
      hint: 'Use an id that `put` has given.',
    });
  }
}

function missing(id: string, path: string): VarveError {
  return new VarveError('BLOB_MISSING', `There is no blob ${id}.`, {
    path,
    hint: 'It was deleted, or this is a copy that does not have it yet.',
  });
}

function damaged(id: string, path: string): CorruptionError {
  return new CorruptionError(`The blob ${id} is not what was put there.`, { path, expected: id });
}
