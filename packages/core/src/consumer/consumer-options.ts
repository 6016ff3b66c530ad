/** What a consumer is told when it is asked for and when it is run, and what it tells those who listen. */
import type { EventMetadata } from '../storage/event-metadata.ts';
import type { Position } from '../position.ts';
import type { CheckpointOptions } from './checkpoint-keeper.ts';
import type { ConsumedSource } from './consumed-source.ts';

export interface ConsumerOptions {
  /** When position and state are saved. */
  readonly checkpoint?: CheckpointOptions;
  /** Whether to take also events of a replica that the machine of its writer may still lose. @default false */
  readonly readUndurable?: boolean;
}

export interface RunOptions {
  /** Ends the run, after the event being handled; it resolves. */
  readonly signal?: AbortSignal;
}

export interface ConsumerEvents<Payload> {
  /** The consumer is this process's own from here on, and has read what was saved. */
  start: [position: Position];
  data: [event: Payload, metadata: EventMetadata];
  /** All published events have been handled. */
  'caught-up': [position: Position];
  /** Position and state were saved. */
  persisted: [position: Position];
  error: [error: Error];
  stop: [];
}

/** Who a consumer is, and where it begins. */
export interface ConsumerIdentity<State> {
  readonly consumed: ConsumedSource;
  readonly id: string;
  readonly initial: { readonly state: State; readonly since: number };
}
