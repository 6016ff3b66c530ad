/**
 * A projection: the pure part of a consumer. It declares the stream it reads, its state before the first event, and one
 * function per event type for how an event changes the state. A module exports one as `projection`; a worker process
 * loads the module and runs it. Nothing here does I/O.
 */
import type { ConsumedSource, EventMetadata, Upcasters } from '@varve/core';
import { identifySource } from '@varve/core/internal';
import { checkProjection } from './projection-rules.ts';

/**
 * Returns the state after `event`. That must be a new value, because `state` is deeply frozen; when the event changes
 * nothing, return `state` itself. The function must neither wait nor depend on anything but its arguments, because it
 * is called again with the same events after a crash.
 */
export type Evolve<State, Event> = (state: State, event: Event, metadata: EventMetadata) => State;

/**
 * What happens to a projection at an event at which its function throws, or its process ends or hangs. `retry`: its
 * process is started again, until the projector's `restart` gives it up. `skip`: after some attempts the event goes
 * into the projection's dead letters, and the next one is handled. `pause`: after some attempts the projection pauses
 * before the event, until it is resumed.
 */
export type FailurePolicy = 'retry' | 'skip' | 'pause';

/**
 * How the states of parts become one. `union`: objects, Maps, Sets and lists are combined; what occurs in two of them
 * must be equal. `sum`: the same, but numbers are added. A function gets the states in the order of the parts; only
 * readers that load the projection's module can call it.
 */
export type Merge<State> = 'union' | 'sum' | ((states: readonly State[]) => State);

/** The definition of a projection. `Events` maps the name of each event type to the shape of its events. */
export interface ProjectionDefinition<State, Events extends object> {
  /** Letters, digits, ".", "_" and "-", at most 100. Unique among the projections of a projector. */
  readonly name: string;
  /**
   * The events to read: the name of a stream, `_all` for all events of the store in global order, `{ category }`,
   * several streams as `{ streams }`, or `{ query }` over types and tags. None of them need exist yet.
   */
  readonly stream: ConsumedSource;
  /** The state before the first event: plain data, which is copied, frozen and saved. */
  readonly initialState: State;
  /** One function per event type. Events of other types are skipped. */
  readonly on: { readonly [Type in keyof Events]?: Evolve<State, Events[Type]> };
  /** Raise it when the functions change in a way that makes the saved state wrong: the state is then rebuilt. @default 1 */
  readonly version?: number;
  /**
   * Splits the projection over processes: events with the same key go to the same one of its `parts`, each of which has
   * its own state. Undefined means the first part.
   */
  readonly partitionBy?: (event: Events[keyof Events], metadata: EventMetadata) => string | number | undefined;
  /** The number of parts, each of which runs in its own process. @default 1 */
  readonly parts?: number;
  /** How the states of the parts become one when they are read. @default 'union' */
  readonly merge?: Merge<State>;
  /** What happens at an event that the projection cannot handle. @default 'retry' */
  readonly onFailure?: FailurePolicy;
  /** Attempts at an event, with growing waits between them, before it is skipped or the projection pauses. @default 3 */
  readonly attempts?: number;
  /** For each event type, the functions that upcast each version to the next one, as in the store's option. */
  readonly upcasters?: Upcasters;
  /** The type of an event; undefined to skip it. @default the event's property `type` */
  readonly eventType?: (event: Events[keyof Events], metadata: EventMetadata) => string | undefined;
}

/** A checked projection, with its defaults filled in. */
export type Projection<State = unknown, Events extends object = Record<string, unknown>> = Required<
  ProjectionDefinition<State, Events>
>;

/** What identifies the place of a projection's state. */
export interface ProjectionIdentity {
  readonly name: string;
  readonly stream: ConsumedSource;
  readonly version: number;
  /** The number of its parts. @default 1 */
  readonly parts?: number;
}

/**
 * Checks a projection and fills in its defaults. Throws `PROJECTION_INVALID`.
 *
 * Without type arguments, the types of state and events are inferred from `initialState` and the functions in `on`.
 */
export function defineProjection<State, Events extends object = Record<string, unknown>>(
  definition: ProjectionDefinition<State, Events>,
): Projection<State, Events> {
  checkProjection(definition);
  const { version = 1, upcasters = {}, eventType = typeProperty, onFailure = 'retry', attempts = 3 } = definition;
  const { partitionBy = noKey, parts = 1, merge = 'union' } = definition;
  return { ...definition, version, upcasters, eventType, onFailure, attempts, partitionBy, parts, merge };
}

/** The id of the consumer that runs a part of the projection. Each version, and each number of parts, has its own. */
export function consumerIdOf({ name, version, parts = 1 }: ProjectionIdentity, part = 0): string {
  const versioned = version === 1 ? name : `${name}@${version}`;
  return parts === 1 ? versioned : `${versioned}#${part + 1}.${parts}`;
}

/** Whether two projections share their state: one can continue where the other ended. */
export function isSameProjection(left: ProjectionIdentity, right: ProjectionIdentity): boolean {
  return streamKey(left) === streamKey(right) && consumerIdOf(left) === consumerIdOf(right);
}

function streamKey({ stream }: ProjectionIdentity): string {
  const { kind, key } = identifySource(stream);
  return `${kind} ${key}`;
}

function noKey(): undefined {
  return undefined;
}

function typeProperty(event: unknown): string | undefined {
  if (typeof event !== 'object' || event === null || !('type' in event)) return undefined;
  return typeof event.type === 'string' ? event.type : undefined;
}
