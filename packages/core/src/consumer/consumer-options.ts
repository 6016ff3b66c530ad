/** The options of a consumer and of a run, and the events that a consumer emits. */
import type { EventMetadata } from '../storage/event-metadata.ts';
import type { Position } from '../position.ts';
import type { CheckpointOptions } from './checkpoint-keeper.ts';
import type { ConsumedSource } from './consumed-source.ts';

export interface ConsumerOptions {
  /** When position and state are saved. */
  readonly checkpoint?: CheckpointOptions;
  /** Whether to also handle, on a replica, events that the machine of its writer may still lose. @default false */
  readonly readUndurable?: boolean;
}

export interface RunOptions {
  /** Ends the run after the event being handled; `run` resolves. */
  readonly signal?: AbortSignal;
}

export interface ConsumerEvents<Payload> {
  /** From here on this process owns the consumer, and has read what was saved. */
  start: [position: Position];
  data: [event: Payload, metadata: EventMetadata];
  /** All published events have been handled. */
  'caught-up': [position: Position];
  /** Position and state were saved. */
  persisted: [position: Position];
  error: [error: Error];
  stop: [];
}

/** The identity of a consumer, and where it begins. */
export interface ConsumerIdentity<State> {
  readonly consumed: ConsumedSource;
  readonly id: string;
  readonly initial: { readonly state: State; readonly since: number };
}
