/**
 * The folder in which a repair keeps what it removes, durable before anything is changed: `report.json` says what is lost and
 * why; `lost-events.ndjson` has the events that were whole. The bytes that are cut off are beside it, as recovery keeps them.
 */
import type { FileHandle, FileSystem, StoredEvent } from '@varve/core';
import { fileNames, makeDurableDirectory, replaceFile, writeFully } from '@varve/core/internal';

/** Bytes that are written at a time. */
const chunkBytes = 262_144;

export class Aside {
  readonly folder: string;
  private readonly fileSystem: FileSystem;
  private readonly file: FileHandle;
  private lines: string[] = [];
  private pendingBytes = 0;
  private offset = 0;

  constructor(fileSystem: FileSystem, directory: string) {
    this.fileSystem = fileSystem;
    const parent = `${directory}/${fileNames.recovered}`;
    const names = new Set(fileSystem.list(parent));
    let number = 1;
    while (names.has(`repair-${number}`)) number++;
    this.folder = `${parent}/repair-${number}`;
    makeDurableDirectory(fileSystem, this.folder);
    this.file = fileSystem.open(`${this.folder}/lost-events.ndjson`, 'create');
  }

  keep({ stream, payload, metadata }: StoredEvent): void {
    const line = `${JSON.stringify({ stream, payload, metadata })}\n`;
    this.lines.push(line);
    this.pendingBytes += line.length;
    if (this.pendingBytes >= chunkBytes) this.write();
  }

  /** Makes all of it durable. */
  finish(report: object): void {
    this.write();
    this.file.sync();
    this.file.close();
    const path = `${this.folder}/report.json`;
    const bytes = new TextEncoder().encode(`${JSON.stringify(report, undefined, 2)}\n`);
    replaceFile(this.fileSystem, path, bytes, { isDurable: true });
  }

  /** Moves a file here that nobody may read any more. */
  take(path: string): void {
    this.fileSystem.rename(path, `${this.folder}/${path.slice(path.lastIndexOf('/') + 1)}`);
    this.fileSystem.syncDirectory(this.folder);
    this.fileSystem.syncDirectory(path.slice(0, path.lastIndexOf('/')));
  }

  private write(): void {
    const bytes = Buffer.from(this.lines.join(''));
    this.lines = [];
    this.pendingBytes = 0;
    writeFully(this.file, bytes, 0, bytes.length, this.offset);
    this.offset += bytes.length;
  }
}
