/**
 * The event being handled, and the state that goes with it. Position and state advance together when the event was
 * handled completely: when its handler returned, or when its delivery was acknowledged.
 */
import { isPromise } from '../asynchronous.ts';
import { VarveError } from '../errors.ts';
import type { EventMetadata } from '../storage/event-metadata.ts';
import type { EventReader } from '../storage/event-reader.ts';
import type { EventsAhead } from '../storage/events-ahead.ts';
import type { CheckpointKeeper } from './checkpoint-keeper.ts';
import type { Place } from './consumer-source.ts';
import { deepFreeze } from './deep-freeze.ts';

/** Handles one event; may return a promise, which is awaited before the next event. */
export type EventHandler<Payload> = (event: Payload, metadata: EventMetadata) => unknown;

/** An event that was handed out. */
export interface Delivery<Payload = unknown> {
  readonly event: Payload;
  readonly metadata: EventMetadata;
  /**
   * Confirms that this event and all before it were handled: position and state (as set up to this event) advance.
   * Throws `OUTSIDE_HANDLER` when the iteration has ended, or the consumer was reset, since.
   */
  ack(): void;
}

/** An event that was handed out. Its state is filled in when the next event is handed out. */
interface Delivered extends Place {
  readonly generation: number;
  state: unknown;
}

export class EventHandling<State, Payload> {
  private readonly reader: EventReader;
  private readonly keeper: CheckpointKeeper;
  /** Name of the consumer in messages. */
  private readonly name: string;
  private readonly acknowledged: () => void;
  /** While an event is being handled: the state as set so far. */
  private pendingState: unknown;
  private isHandling = false;
  /** Incremented when everything handed out so far becomes void. */
  private generation = 0;
  private delivered: Delivered | undefined;

  /**
   * `acknowledged` is called when an acknowledgement advanced position and state, which may happen while the feed
   * waits.
   */
  constructor(reader: EventReader, keeper: CheckpointKeeper, name: string, acknowledged: () => void) {
    this.acknowledged = acknowledged;
    this.reader = reader;
    this.keeper = keeper;
    this.name = name;
  }

  get state(): State {
    return (this.isHandling ? this.pendingState : this.keeper.current.state) as State;
  }

  setState(next: State | ((state: State) => State)): void {
    if (!this.isHandling) throw this.outside('Call setState in the handler of an event, where it belongs to it.');
    const state = typeof next === 'function' ? (next as (state: State) => State)(this.state) : next;
    this.pendingState = deepFreeze(state);
  }

  /** The last event that was handed out, after which to go on. */
  get place(): Place {
    return this.delivered ?? this.keeper.current;
  }

  /** Whether every event that was handed out was acknowledged. */
  get isAllAcknowledged(): boolean {
    return this.delivered === undefined || this.delivered.position <= this.keeper.current.position;
  }

  /** Handles the event at `position`, where `ahead` is too; returns a promise only when the handler does. */
  handle(position: number, handler: EventHandler<Payload>, ahead: EventsAhead): Promise<void> | undefined {
    const { reader } = this;
    reader.seek(position, ahead);
    const { epoch, checksum } = reader.frame;
    const payload = reader.payload() as Payload;
    const metadata = reader.metadata();
    this.pendingState = this.keeper.current.state;
    this.isHandling = true;
    let result: unknown;
    try {
      result = handler(payload, metadata);
    } catch (error) {
      throw this.refuse(error);
    }
    if (!isPromise(result)) {
      this.accept(position, epoch, checksum);
      return undefined;
    }
    return this.awaitHandler(result, position, epoch, checksum);
  }

  /** Hands out the event at `position`, where `ahead` is too. */
  deliver(position: number, ahead: EventsAhead): Delivery<Payload> {
    const { reader } = this;
    reader.seek(position, ahead);
    const { epoch, checksum: frameChecksum } = reader.frame;
    if (this.delivered === undefined) this.pendingState = this.keeper.current.state;
    else this.delivered.state = this.pendingState;
    const { generation } = this;
    const delivered: Delivered = { position, epoch, frameChecksum, since: 0, generation, state: undefined };
    this.delivered = delivered;
    this.isHandling = true;
    const event = reader.payload() as Payload;
    return { event, metadata: reader.metadata(), ack: () => this.acknowledge(delivered) };
  }

  /** Voids the event being handled and all events handed out. */
  abandon(): void {
    this.isHandling = false;
    this.delivered = undefined;
    this.generation++;
  }

  private acknowledge(delivered: Delivered): void {
    const { position, epoch, frameChecksum } = delivered;
    if (delivered.generation !== this.generation) {
      throw this.outside(`The event at position ${position} cannot be acknowledged any more.`);
    }
    if (position <= this.keeper.current.position) return;
    const state = delivered === this.delivered ? this.pendingState : delivered.state;
    this.keeper.accept({ position, epoch, frameChecksum, since: 0, state });
    this.acknowledged();
  }

  /** Kept out of `handle`, whose closures would otherwise be allocated for every event, awaited or not. */
  private awaitHandler(result: Promise<unknown>, position: number, epoch: number, checksum: number): Promise<void> {
    // A thenable that is not a promise may settle twice, and its `then` need not return anything to wait for.
    return Promise.resolve(result).then(
      () => this.accept(position, epoch, checksum),
      (error: unknown) => {
        throw this.refuse(error);
      },
    );
  }

  private accept(position: number, epoch: number, frameChecksum: number): void {
    // False when the consumer was reset meanwhile.
    if (!this.isHandling) return;
    this.isHandling = false;
    this.keeper.accept({ position, epoch, frameChecksum, since: 0, state: this.pendingState });
  }

  /** Saves what was handled before the failing event, and keeps nothing of that event. */
  private refuse(error: unknown): unknown {
    this.isHandling = false;
    this.keeper.saveIfNeeded();
    return error;
  }

  private outside(hint: string): VarveError {
    return new VarveError('OUTSIDE_HANDLER', `The consumer ${this.name} is not handling an event.`, { hint });
  }
}
