/**
 * The interface behind which every store and every limit is measured. It is as small as it can be, so that what a
 * contender adds to its library is visible in one short file.
 */
import type { Order } from '../reference/order.ts';
import type { ReferenceCommit } from '../reference/reference-workload.ts';
import type { WorkloadName } from '../workloads/workload-name.ts';

/**
 * - `store`: Varve and the peers; ratios to the best compare these.
 * - `variant`: a peer that is faster because it promises less; shown, never the best.
 * - `limit`: what no store can beat, because it does only a part of the work.
 */
export type ContenderKind = 'store' | 'variant' | 'limit';

export interface Contender {
  /** As it is given to `--only`. */
  readonly name: string;
  /** As it is printed, with the version of what is measured. */
  readonly title: string;
  readonly kind: ContenderKind;
  /** What is reported of it. It is appended to in any case: the other workloads read what that leaves. */
  readonly workloads: readonly WorkloadName[];
  /** Makes an empty store in the directory, which exists and is empty. */
  create(directory: string): Promise<Appender>;
  /** Opens what an appender has closed. */
  open(directory: string): Promise<Reader>;
  /**
   * Follows what a writer in another process appends, beginning with the first event, and calls back with each event
   * in global order. Databases that nobody can wait for have none: polling one measures the interval that was chosen.
   */
  follow?(directory: string, visit: (order: Order) => void): Promise<Follower>;
}

export interface Appender {
  /**
   * Makes the commits of one turn of the event loop, each of them atomic and of its own. The turn ends behind it, so a
   * contender that flushes or batches per turn does so between two calls.
   */
  appendTick(commits: readonly ReferenceCommit[]): void;
  /** Resolves when everything appended has been handed to the operating system. It is part of the measured time. */
  flushed(): Promise<void>;
  close(): Promise<void>;
}

export interface Reader {
  /** Calls back with each event, in global order. */
  scan(visit: (order: Order) => void): void;
  /** Calls back with each event of one stream, in the order of their versions. Limits know no streams. */
  readStream?(stream: string, visit: (order: Order) => void): void;
  /** Returns the event at the given 1-based global position. Limits know no positions. */
  readOne?(position: number): Order;
  close(): Promise<void>;
}

export interface Follower {
  close(): Promise<void>;
}
