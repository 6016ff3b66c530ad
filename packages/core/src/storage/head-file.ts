/**
 * Reads the published head. The file is read as a whole, both slots at once, and opened again when the path names another
 * file: copying tools replace files by rename. On a network file system it is opened again for each read, because that is
 * when the client asks the server what the file contains now.
 */
import { CorruptionError } from '../errors.ts';
import { fileNames } from '../format/file-names.ts';
import { decodeHead, emptyHead, type Head, headFileBytes } from '../format/head.ts';
import { type FileHandle, type FileSystem, openIfThere, readFully } from '../file-system/file-system.ts';

export class HeadFile {
  readonly path: string;
  private readonly fileSystem: FileSystem;
  private readonly seed: number;
  private readonly opensAnew: boolean;
  private readonly bytes = new Uint8Array(headFileBytes);
  private handle: FileHandle | undefined;
  private identity = '';

  constructor(directory: string, fileSystem: FileSystem, seed: number, opensAnew = false) {
    this.path = `${directory}/${fileNames.head}`;
    this.fileSystem = fileSystem;
    this.seed = seed;
    this.opensAnew = opensAnew;
  }

  /** The current head; undefined when the file is missing or has not been written yet. */
  read(): Head | undefined {
    if (this.opensAnew) this.close();
    const status = this.fileSystem.stat(this.path);
    if (status === undefined || status.sizeBytes === 0) return undefined;
    if (status.identity !== this.identity) this.reopen(status.identity);
    if (this.handle === undefined) return undefined;
    const length = readFully(this.handle, this.bytes, 0, headFileBytes, 0);
    const head = decodeHead(this.bytes, length, this.seed);
    if (head !== undefined || length < headFileBytes) return head;
    throw new CorruptionError(`Neither slot of ${this.path} is whole.`, {
      path: this.path,
      offset: 0,
      hint: 'Open the store for writing, which finds the head again from the frames.',
    });
  }

  /**
   * The same for a reader that knows nothing of the store yet. A writer creates the head before the first partition:
   * where there are partitions, a missing head does not mean an empty store.
   */
  readFirst(dataDirectory: string): Head {
    const head = this.read();
    if (head !== undefined) return head;
    if (!hasPartitions(this.fileSystem, dataDirectory)) return emptyHead;
    // Both may have been created since the first look.
    const made = this.read();
    if (made !== undefined) return made;
    throw new CorruptionError(`The head ${this.path} is missing, and there are partitions.`, {
      path: this.path,
      hint:
        'Open the store for writing, which finds the head again from the frames. In a copy that is being made, ' +
        'wait until it has come, for instance with `ReadOnlyEventStore.whenAvailable`.',
    });
  }

  close(): void {
    this.handle?.close();
    this.handle = undefined;
    this.identity = '';
  }

  private reopen(identity: string): void {
    this.close();
    this.handle = openIfThere(this.fileSystem, this.path);
    if (this.handle !== undefined) this.identity = identity;
  }
}

/** Whether a reader must wait for the head: in a copy in progress, partitions may arrive before it. */
export function lacksHead(fileSystem: FileSystem, directory: string, dataDirectory: string): boolean {
  return (
    hasPartitions(fileSystem, dataDirectory) &&
    (fileSystem.stat(`${directory}/${fileNames.head}`)?.sizeBytes ?? 0) === 0
  );
}

function hasPartitions(fileSystem: FileSystem, dataDirectory: string): boolean {
  return (fileSystem.list(`${dataDirectory}/${fileNames.partitions}`) ?? []).length > 0;
}
