/**
 * A note beside a lock that says who holds it. For messages only: the operating system decides who holds the lock, and
 * a note may be stale.
 */
import { hostname } from 'node:os';
import { type FileSystem, readWholeFile, replaceFile } from './file-system.ts';

export interface LockOwner {
  readonly processId: number;
  readonly host: string;
  /** When it was taken, as ISO 8601. */
  readonly opened: string;
  readonly [more: string]: unknown;
}

/** Writes a note about this process. */
export function writeLockOwner(fileSystem: FileSystem, path: string, nowUs: number, more: object = {}): void {
  const owner = { processId: process.pid, host: hostname(), opened: new Date(nowUs / 1000).toISOString(), ...more };
  replaceFile(fileSystem, path, new TextEncoder().encode(`${JSON.stringify(owner)}\n`), { isDurable: false });
}

/** The note, or undefined when there is none that can be read. */
export function readLockOwner(fileSystem: FileSystem, path: string): LockOwner | undefined {
  try {
    const owner = JSON.parse(new TextDecoder().decode(readWholeFile(fileSystem, path))) as LockOwner | null;
    return typeof owner === 'object' && owner !== null ? owner : undefined;
  } catch {
    return undefined;
  }
}

/** Text for a message, such as " by process 17 on host"; empty when the owner is unknown. */
export function describeLockOwner(fileSystem: FileSystem, path: string): string {
  const owner = readLockOwner(fileSystem, path);
  return owner === undefined ? '' : ` by process ${owner.processId} on ${owner.host}`;
}
