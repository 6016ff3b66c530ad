/**
 * Writes a snapshot while commands continue: one chunk, then other work gets a turn. The file gets its name when it is
 * complete and durable, and when the commands that it contains are durable as well: no snapshot is ever ahead of its
 * journal. The name is durable, too, before the snapshot is reported, because events that it contains may then be
 * dropped.
 */
import type { FileHandle, FileSystem } from '@varve/core';
import {
  encodeSnapshotChunk,
  encodeSnapshotHeader,
  EventReader,
  type ReadableStorage,
  type SnapshotHeader,
  snapshotHeaderBytes,
  temporarySuffix,
  writeFully,
} from '@varve/core/internal';
import { encodeCount, encodeObjects } from './snapshot-body.ts';
import type { ModelCapture } from './model-capture.ts';
import type { SnapshotFolder } from './snapshot-folder.ts';

/** The number of objects that are written before other work of the process gets a turn: some milliseconds at most. */
const objectsPerChunk = 128;

/** The contents of the header, except what is known only when the commands are durable. */
export type SnapshotSubject = Omit<SnapshotHeader, 'epoch' | 'frameChecksum'>;

/** A completed snapshot. */
export interface SnapshotInfo {
  readonly path: string;
  /** The store position of the last command that it contains. */
  readonly position: number;
  readonly objects: number;
  readonly bytes: number;
}

export class SnapshotWriter {
  private readonly fileSystem: FileSystem;
  private readonly storage: ReadableStorage;
  private readonly folder: SnapshotFolder;

  constructor(storage: ReadableStorage, folder: SnapshotFolder) {
    this.storage = storage;
    this.fileSystem = storage.options.fileSystem;
    this.folder = folder;
  }

  /** Throws what the file system throws, and what `whenDurable` rejects with; the unfinished file is then removed. */
  async write(
    subject: SnapshotSubject,
    capture: ModelCapture,
    whenDurable: () => Promise<unknown>,
  ): Promise<SnapshotInfo> {
    const { fileSystem, folder } = this;
    folder.prepare();
    const path = folder.pathOf(subject.position);
    const temporaryPath = path + temporarySuffix;
    const handle = fileSystem.open(temporaryPath, 'create');
    let info: Omit<SnapshotInfo, 'path' | 'position'>;
    try {
      info = await this.writeChunks(handle, capture);
      await whenDurable();
      this.writeHeader(handle, subject);
      await handle.syncLater();
    } catch (error) {
      handle.close();
      fileSystem.remove(temporaryPath);
      throw error;
    }
    handle.close();
    await folder.admit(temporaryPath, path);
    return { path, position: subject.position, ...info };
  }

  private async writeChunks(handle: FileHandle, capture: ModelCapture): Promise<{ objects: number; bytes: number }> {
    const { seed } = this.storage;
    let objects = 0;
    let number = 0;
    let bytes = snapshotHeaderBytes;
    const append = (chunk: Uint8Array): void => {
      writeFully(handle, chunk, 0, chunk.length, bytes);
      bytes += chunk.length;
    };
    for (let some = capture.next(objectsPerChunk); some !== undefined; some = capture.next(objectsPerChunk)) {
      append(encodeSnapshotChunk({ kind: 'objects', body: encodeObjects(some) }, ++number, seed));
      objects += some.values.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    append(encodeSnapshotChunk({ kind: 'end', body: encodeCount(objects) }, ++number, seed));
    return { objects, bytes };
  }

  private writeHeader(handle: FileHandle, subject: SnapshotSubject): void {
    const reader = new EventReader(this.storage);
    reader.find(subject.position);
    const { epoch, checksum: frameChecksum } = reader.frame;
    const header = encodeSnapshotHeader({ ...subject, epoch, frameChecksum }, this.storage.seed);
    writeFully(handle, header, 0, header.length, 0);
  }
}
