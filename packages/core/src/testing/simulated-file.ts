/**
 * A file of the simulated disk: its bytes as processes see them, its bytes as the medium is certain to have them, and
 * the changes in between, in order. A sync applies changes to the medium's bytes; a crash decides the fate of those
 * that are left.
 */
import { hash } from 'node:crypto';

/** Unit in which a medium writes: one sector is old or new, never a mixture. */
export const sectorBytes = 512;

export interface FileWrite {
  readonly kind: 'write';
  readonly position: number;
  readonly bytes: Uint8Array;
}

export interface FileTruncation {
  readonly kind: 'truncate';
  readonly sizeBytes: number;
}

export type FileChange = FileWrite | FileTruncation;

/**
 * What a crash leaves of one change that was not synced. 'zero' is what delayed allocation leaves: the size of the file
 * without the bytes. `sectors` says of each sector that a write touches (counted from its first) whether it reached the
 * medium.
 */
export type Fate = 'keep' | 'drop' | 'zero' | TornWrite;

interface TornWrite {
  readonly sectors: (sector: number) => boolean;
  /** Whether the file has the size that the write gave it, with zeros where its sectors are missing. @default false */
  readonly isSizeKept?: boolean;
}

/** Bytes that copies share until one of them changes, and their digest, which is computed once for all of them. */
interface Image {
  bytes: Uint8Array;
  digest: string | undefined;
}

class Contents {
  private image: Image;
  private isShared: boolean;
  length: number;

  constructor(image: Image = { bytes: new Uint8Array(0), digest: undefined }, length = 0, isShared = false) {
    this.image = image;
    this.length = length;
    this.isShared = isShared;
  }

  copy(): Contents {
    this.isShared = true;
    return new Contents(this.image, this.length, true);
  }

  view(): Uint8Array {
    return this.image.bytes.subarray(0, this.length);
  }

  digest(): string {
    return (this.image.digest ??= hash('sha1', this.view(), 'base64'));
  }

  read(target: Uint8Array, offset: number, length: number, position: number): number {
    const count = Math.max(0, Math.min(length, this.length - position));
    if (count > 0) target.set(this.image.bytes.subarray(position, position + count), offset);
    return count;
  }

  write(bytes: Uint8Array, position: number): void {
    this.prepareChange(Math.max(this.length, position + bytes.length));
    this.image.bytes.set(bytes, position);
    this.length = Math.max(this.length, position + bytes.length);
  }

  resize(sizeBytes: number): void {
    this.prepareChange(Math.max(this.length, sizeBytes));
    // What is cut off reads as zero when the file grows again.
    if (sizeBytes < this.length) this.image.bytes.fill(0, sizeBytes, this.length);
    this.length = sizeBytes;
  }

  /** Makes the bytes private to this object, with room for this many. */
  private prepareChange(sizeBytes: number): void {
    const { bytes } = this.image;
    if (!this.isShared && sizeBytes <= bytes.length) {
      this.image.digest = undefined;
      return;
    }
    const capacity = sizeBytes <= bytes.length ? bytes.length : Math.max(sizeBytes, bytes.length * 2);
    const own = new Uint8Array(capacity);
    own.set(this.view());
    this.image = { bytes: own, digest: undefined };
    this.isShared = false;
  }
}

export class SimulatedFile {
  readonly id: number;
  private readonly cached: Contents;
  private readonly synced: Contents;
  private changes: FileChange[];

  constructor(id: number, cached = new Contents(), synced = new Contents(), changes: FileChange[] = []) {
    this.id = id;
    this.cached = cached;
    this.synced = synced;
    this.changes = changes;
  }

  get sizeBytes(): number {
    return this.cached.length;
  }

  /** Changes that the medium may not have, oldest first. */
  get unsynced(): readonly FileChange[] {
    return this.changes;
  }

  /** The bytes as processes see them; valid until the next change. */
  get bytes(): Uint8Array {
    return this.cached.view();
  }

  /** The same for files with the same bytes, as processes see them. */
  get digest(): string {
    return this.cached.digest();
  }

  copy(): SimulatedFile {
    return new SimulatedFile(this.id, this.cached.copy(), this.synced.copy(), [...this.changes]);
  }

  read(target: Uint8Array, offset: number, length: number, position: number): number {
    return this.cached.read(target, offset, length, position);
  }

  change(change: FileChange): void {
    apply(this.cached, change);
    this.changes.push(change);
  }

  /** Makes the oldest `count` changes durable. */
  sync(count: number): void {
    for (const change of this.changes.slice(0, count)) apply(this.synced, change);
    this.changes = this.changes.slice(count);
  }

  /**
   * What a failed sync does on Linux: the oldest `count` changes stay visible but are never retried, so that later
   * syncs succeed without them. They are lost when the machine stops.
   */
  abandon(count: number): void {
    this.changes = this.changes.slice(count);
  }

  /** The file as it is found after a crash; `fateOf` decides for each change that was not synced. */
  crashed(fateOf: (change: FileChange, index: number, count: number) => Fate): SimulatedFile {
    const { changes } = this;
    if (changes.length === 0) return new SimulatedFile(this.id, this.synced.copy(), this.synced.copy());
    const found = this.synced.copy();
    for (const [index, change] of changes.entries()) {
      applyFate(found, change, fateOf(change, index, changes.length));
    }
    return new SimulatedFile(this.id, found, found.copy());
  }
}

function apply(contents: Contents, change: FileChange): void {
  if (change.kind === 'write') contents.write(change.bytes, change.position);
  else contents.resize(change.sizeBytes);
}

function applyFate(contents: Contents, change: FileChange, fate: Fate): void {
  if (fate === 'keep') apply(contents, change);
  if (fate === 'keep' || fate === 'drop') return;
  if (change.kind === 'truncate') {
    if (fate === 'zero') apply(contents, change);
    return;
  }
  const { position, bytes } = change;
  if (fate === 'zero' || fate.isSizeKept === true) {
    // Only bytes after the old end become zero: those that were there before are overwritten in place, or not.
    if (position + bytes.length > contents.length) contents.resize(position + bytes.length);
  }
  if (fate === 'zero') return;
  const firstSector = Math.floor(position / sectorBytes);
  for (let start = position; start < position + bytes.length;) {
    const sector = Math.floor(start / sectorBytes);
    const end = Math.min(position + bytes.length, (sector + 1) * sectorBytes);
    if (fate.sectors(sector - firstSector)) contents.write(bytes.subarray(start - position, end - position), start);
    start = end;
  }
}

/** Number of sectors that a write touches. */
export function sectorCount(write: FileWrite): number {
  const first = Math.floor(write.position / sectorBytes);
  return Math.floor((write.position + write.bytes.length - 1) / sectorBytes) - first + 1;
}
