/**
 * The interface through which every store and every limit is measured. It is as small as possible, so that what a
 * contender adds to its library is visible in one short file. A contender has no method for what it can't do.
 */
import type { EventSize, SizedOrder } from '../reference/order.ts';
import type { ReferenceCommit } from '../reference/reference-workload.ts';
import type { WorkloadName } from '../workloads/workload-name.ts';

/**
 * - `store`: Varve and the peers; ratios to the best compare these.
 * - `variant`: a peer that is faster because it promises less; shown, but never counted as the best.
 * - `limit`: what no store can beat, because it does only a part of the work.
 */
export type ContenderKind = 'store' | 'variant' | 'limit';

export interface Contender {
  /** The name that `--only` takes. */
  readonly name: string;
  /** The name that is printed, with the version of the measured library. */
  readonly title: string;
  readonly kind: ContenderKind;
  /**
   * The workloads that are reported. A contender that reads also runs `append`, reported or not: its readers read what
   * `append` leaves.
   */
  readonly workloads: readonly WorkloadName[];
  /** Creates an empty store in the directory, which exists and is empty. */
  create(directory: string, options: StoreOptions): Promise<Appender>;
  /** Opens the store that an appender has closed. */
  open(directory: string, options: StoreOptions): Promise<Reader>;
  /**
   * Follows what a writer in another process appends, beginning with the first event, and calls back with each event in
   * global order. Databases without a way to wait for changes leave it out: polling one would measure the chosen
   * interval.
   */
  follow?(directory: string, visit: (order: SizedOrder) => void): Promise<Follower>;
  /** Creates an empty store whose commits are acknowledged once they are on the medium. */
  createDurable?(directory: string): Promise<DurableAppender>;
  /** Opens the appended store for writing, up to the point where the next commit could be taken. */
  reopen?(directory: string): Promise<Reopened>;
  /** Handles all events in global order with a state that is saved with its position every `saveEvery` events. */
  consume?(directory: string, consumer: ConsumerTask, visit: (order: SizedOrder) => void): Promise<void>;
  /** Rebuilds all indexes from the events; resolves with the number of events it read. */
  reindex?(directory: string): Promise<number>;
}

export interface StoreOptions {
  /** Whether there is a stream of the rare orders (`isRare`), which grows with each commit that has one. */
  readonly derived: boolean;
  readonly eventSize: EventSize;
}

export interface ConsumerTask {
  /** The name of a consumer that does not exist yet: it begins with the first event. */
  readonly name: string;
  readonly saveEvery: number;
}

export interface Appender {
  /**
   * Makes the commits of one turn of the event loop, each of them atomic and separate. The turn ends after the call, so
   * a contender that flushes or batches per turn does so between two calls.
   */
  appendTick(commits: readonly ReferenceCommit[]): void;
  /** Resolves when everything appended has been handed to the operating system. It is part of the measured time. */
  flushed(): Promise<void>;
  close(): Promise<void>;
}

export interface DurableAppender {
  /** Resolves when the commit is on the medium. */
  commit(commit: ReferenceCommit): Promise<void> | void;
  close(): Promise<void>;
}

export interface Reopened {
  /** The number of events it found. */
  readonly position: number;
  close(): Promise<void>;
}

type Visit = (order: SizedOrder) => void;
type Reading = Promise<void> | void;

export interface Reader {
  /** Calls back with each event, in global order. */
  scan(visit: Visit): Reading;
  /** The same, from the last event to the first. */
  scanBackward?(visit: Visit): Reading;
  /** Calls back with each event of one stream, in the order of their versions. Limits have no streams. */
  readStream?(stream: string, visit: Visit): Reading;
  /** Calls back with each event of several streams, in global order. */
  readJoin?(streams: readonly string[], visit: Visit): Reading;
  /** The same for all streams of a category. */
  readCategory?(category: string, visit: Visit): Reading;
  /** Calls back with each rare order, in global order. */
  readDerived?(visit: Visit): Reading;
  /** Returns the event at the given 1-based global position. Limits have no positions. */
  readOne?(position: number): SizedOrder | Promise<SizedOrder>;
  /** Calls back with all events in global order as pieces of text: one line of JSON per event. */
  ndjson?(visit: (piece: Uint8Array | string) => void): Reading;
  close(): Promise<void>;
}

export interface Follower {
  close(): Promise<void>;
}
