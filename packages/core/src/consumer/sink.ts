/**
 * A sink is a database that keeps the results of a consumer together with the consumer's position: rows and position
 * are written in one transaction, so that the database contains each event exactly once, whichever process dies at
 * whatever moment.
 */
import type { EventMetadata } from '../storage/event-metadata.ts';

/** The last event whose effects the sink holds. */
export interface SinkCheckpoint {
  /** Id of the store that the position belongs to. */
  readonly storeId: string;
  /** Position of that event in the store, and epoch and checksum of its frame: 0 when there is none. */
  readonly position: number;
  readonly epoch: number;
  readonly frameChecksum: number;
}

/** Which consumer a checkpoint belongs to. */
export interface SinkKey {
  /** What it reads: `stream:orders`, `category:user`. */
  readonly source: string;
  readonly consumer: string;
}

export interface Sink<Transaction> {
  /** The checkpoint of the consumer; undefined when there is none. Creates what the sink needs for itself. */
  load(key: SinkKey): Promise<SinkCheckpoint | undefined>;
  /**
   * Calls `work` in a transaction, and in the same transaction replaces the checkpoint `from` with the one that `work`
   * returns. When anything throws, nothing is changed. Returns false, with nothing changed, when the stored checkpoint
   * is not `from`: another process runs this consumer.
   */
  write(
    key: SinkKey,
    from: SinkCheckpoint | undefined,
    work: (transaction: Transaction) => Promise<SinkCheckpoint>,
  ): Promise<boolean>;
}

/** Handles one event in a transaction of the sink; what it returns is awaited. */
export type SinkHandler<Payload, Transaction> = (
  event: Payload,
  metadata: EventMetadata,
  transaction: Transaction,
) => unknown;

export interface SinkOptions {
  /** Version of the source to begin after, when the sink has no checkpoint yet. @default 0 */
  readonly since?: number;
  /** Most events in one transaction; when fewer are available, the transaction takes those. @default 512 */
  readonly eventsPerTransaction?: number;
  /** Whether to also handle, on a replica, events that the machine of its writer may still lose. @default false */
  readonly readUndurable?: boolean;
}

export const sinkDefaults = { since: 0, eventsPerTransaction: 512, readUndurable: false } as const;
