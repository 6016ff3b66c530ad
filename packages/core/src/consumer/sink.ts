/**
 * Where what a consumer makes of its events is kept together with its position, when that is a database: rows and
 * position in one transaction, so that the database contains each event exactly once, whoever dies when.
 */
import type { EventMetadata } from '../storage/event-metadata.ts';

/** The last event that is contained in what the sink holds. */
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
  /** The checkpoint of the consumer; undefined when there is none. Makes what the sink needs for itself. */
  load(key: SinkKey): Promise<SinkCheckpoint | undefined>;
  /**
   * Calls `work` in a transaction, and replaces the checkpoint `from` by the one that it returns in the same one. When
   * anything throws, nothing was changed. Returns false, with nothing changed, when the checkpoint there is not `from`:
   * somebody else runs this consumer.
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
  /** Events that go into one transaction at most; those that are there, when they are fewer. @default 512 */
  readonly eventsPerTransaction?: number;
  /** Whether to take also events of a replica that the machine of its writer may still lose. @default false */
  readonly readUndurable?: boolean;
}

export const sinkDefaults = { since: 0, eventsPerTransaction: 512, readUndurable: false } as const;
