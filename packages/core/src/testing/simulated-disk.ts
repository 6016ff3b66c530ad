/**
 * A computer with one disk, in memory: processes work on it through `FileSystem` and may be killed, and the whole may
 * lose power. It records every call, makes those fail that a test chooses, and replays up to any point. Nothing in it
 * depends on time or chance.
 */
import { type Call, type CallKind, FaultError, type FaultPlan } from './fault.ts';
import { Medium, type Operation } from './medium.ts';
import { SimulatedProcess } from './simulated-process.ts';

export class SimulatedDisk {
  readonly medium: Medium;
  /** Asked before every call of every process. */
  faults: FaultPlan | undefined;
  /** Bytes that all files together may take; writes beyond that stop early, and then fail with ENOSPC. */
  capacityBytes = Infinity;
  /** Every call so far, and what it changed. */
  readonly calls: Call[] = [];
  readonly operations: Operation[] = [];
  /** The process that holds the lock of a path. */
  readonly locks = new Map<string, SimulatedProcess>();
  private readonly watches = new Set<{ readonly directory: string; readonly listener: () => void }>();
  private used = 0;

  constructor(medium = new Medium()) {
    this.medium = medium;
    for (const [, file] of medium.files()) this.used += file.sizeBytes;
  }

  /** Bytes that all files together take. */
  get usedBytes(): number {
    return this.used;
  }

  /** A new process on this computer. */
  startProcess(): SimulatedProcess {
    return new SimulatedProcess(this);
  }

  /** Creates durable directories, as a test's surroundings. */
  makeDirectory(path: string): void {
    const process = this.startProcess();
    process.makeDirectory(path);
    for (let at = path; at !== ''; at = parentOf(at)) process.syncDirectory(parentOf(at));
  }

  /** Calls those who watch the directory: on demand, as a test of hints needs it. */
  deliverHints(directory?: string): void {
    for (const watch of this.watches) if (directory === undefined || watch.directory === directory) watch.listener();
  }

  addWatch(directory: string, listener: () => void): { close(): void } {
    const watch = { directory, listener };
    this.watches.add(watch);
    return { close: () => void this.watches.delete(watch) };
  }

  /** Records a call; throws when it must fail. Returns how many bytes a read or write may transfer. */
  admit(kind: CallKind, path: string, length = 0): number {
    const call = { number: this.calls.length, kind, path, length };
    this.calls.push(call);
    const fault = this.faults?.(call);
    if (fault === undefined) return length;
    if ('shortBytes' in fault) return Math.min(length, fault.shortBytes);
    throw new FaultError(fault, path);
  }

  perform(operation: Operation): void {
    this.medium.perform(operation);
    this.operations.push(operation);
  }

  /** How many of `length` more bytes the disk has room for. */
  takeRoom(length: number): number {
    const granted = Math.max(0, Math.min(length, this.capacityBytes - this.used));
    this.used += granted;
    return granted;
  }

  giveRoom(length: number): void {
    this.used -= length;
  }
}

/** The medium before each recorded operation, and after the last: steps through all of them, once. */
export function* replay(start: Medium, operations: readonly Operation[]): Generator<Medium, undefined> {
  const medium = start.copy();
  yield medium;
  for (const operation of operations) {
    medium.perform(operation);
    yield medium;
  }
  return undefined;
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}
