/** What every store has for consumers: durable readers that save their position together with a state. */
import { EventEmitter } from 'node:events';
import { inspect } from 'node:util';
import type { WaitOptions } from '../clock/wait-until.ts';
import { checkConsumer } from '../consumer/check-consumer.ts';
import type { ConsumedSource } from '../consumer/consumed-source.ts';
import type { ConsumerOptions } from '../consumer/consumer-options.ts';
import type { ConsumerState } from '../consumer/consumer-state.ts';
import { Consumer } from '../consumer/consumer.ts';
import { type ConsumerEntry, type ScanCallback, scanStoreConsumers } from '../consumer/scan-consumers.ts';
import { SinkConsumer } from '../consumer/sink-consumer.ts';
import type { Sink, SinkOptions } from '../consumer/sink.ts';
import { waitForSavedState } from '../consumer/wait-for-saved-state.ts';
import { shown } from '../shown.ts';
import type { PositionInput, StreamVersionInput } from '../position.ts';
import type { ReadableStorage } from '../storage/readable-storage.ts';
import type { allStream } from '../stream/stream-source.ts';
import type { EventMap, ReadableEvent, UntypedEvents } from './event-types.ts';
import type { ReadEvents } from './read-events.ts';

/** The part of a store that consumers come from. */
export abstract class ConsumableEventStore<
  Events extends EventMap<Events> = UntypedEvents,
> extends EventEmitter<ReadEvents> {
  readonly name: string;
  abstract readonly storage: ReadableStorage;

  constructor(name: string) {
    super();
    this.setMaxListeners(0);
    this.name = name;
  }

  /**
   * A durable reader of a stream, or of `{ streams }`, a `{ category }` or a `{ query }`. It starts with its first `'data'`
   * listener, or with `run`, after the event that was handled last under this id; the first time with `initialState`,
   * after version `since`. Throws `INVALID_STREAM_NAME`, `INVALID_QUERY` or `INVALID_OPTION`.
   */
  getConsumer<State = Record<string, unknown>, Payload = ReadableEvent<Events>>(
    source: typeof allStream,
    id: string,
    initialState?: State,
    since?: PositionInput,
    options?: ConsumerOptions,
  ): Consumer<State, Payload>;
  getConsumer<State = Record<string, unknown>, Payload = ReadableEvent<Events>>(
    source: ConsumedSource,
    id: string,
    initialState?: State,
    since?: StreamVersionInput,
    options?: ConsumerOptions,
  ): Consumer<State, Payload>;
  getConsumer<State = Record<string, unknown>, Payload = ReadableEvent<Events>>(
    source: ConsumedSource,
    id: string,
    initialState: State = {} as State,
    since = 0,
    options: ConsumerOptions = {},
  ): Consumer<State, Payload> {
    this.storage.assertOpen();
    checkConsumer(id, since, options);
    const who = { consumed: source, id, initial: { state: initialState, since } };
    return new Consumer<State, Payload>(this.storage, who, options);
  }

  /** A consumer that keeps its position in `sink`, in one transaction with what its handler writes there. */
  getSinkConsumer<Transaction, Payload = ReadableEvent<Events>>(
    source: ConsumedSource,
    id: string,
    sink: Sink<Transaction>,
    options: SinkOptions = {},
  ): SinkConsumer<Payload, Transaction> {
    return new SinkConsumer<Payload, Transaction>(this.storage, { consumed: source, id }, sink, options);
  }

  /** The consumers of this store that have saved a state; with `callback`, their names. */
  scanConsumers(): Promise<ConsumerEntry[]>;
  scanConsumers(callback: ScanCallback): void;
  scanConsumers(callback?: ScanCallback): Promise<ConsumerEntry[]> | undefined {
    return scanStoreConsumers(this.storage, callback);
  }

  /**
   * Resolves when the consumer, in whatever process, has saved a state that contains all its events up to `position`, with
   * what was saved. Rejects with `TIMED_OUT`, with the reason of `signal`, with `DIVERGED` when what was saved is of a
   * history that the store does not have, and when this store closes.
   */
  waitForConsumer<State = unknown>(
    source: ConsumedSource,
    id: string,
    position: PositionInput,
    options: WaitOptions = {},
  ): Promise<ConsumerState<State>> {
    return waitForSavedState<State>(this.storage, source, id, position, options);
  }

  /** The few facts that JSON and `console.log` show. */
  toJSON(): object {
    const { directory, visiblePosition: position, isOpen } = this.storage;
    return { name: this.name, directory, position, isOpen };
  }

  [inspect.custom](): string {
    return shown(this);
  }
}
