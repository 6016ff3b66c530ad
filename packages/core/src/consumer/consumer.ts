/**
 * A durable reader of one source: handles its events one at a time, in order, and saves position and state as one
 * record, so that the state always contains each event exactly once. Any process may run a consumer, but only one at a
 * time may run the same one. Guide: docs/consumers.md.
 *
 * Invariants: events are handled only when they are published; a handler that throws leaves position and state as they
 * were; a saved position is trusted only when the store still has that very event.
 */
import { EventEmitter } from 'node:events';
import { inspect } from 'node:util';
import { checkPosition } from '../storage/wait-for-position.ts';
import { waitUntil, type WaitOptions } from '../clock/wait-until.ts';
import { errorOf } from '../errors.ts';
import type { Position, PositionInput, StreamVersion, StreamVersionInput } from '../position.ts';
import { toPosition, toStreamVersion } from '../position.ts';
import { shown } from '../shown.ts';
import { callerOf, runWhileListenedTo } from './listening-run.ts';
import { EventReader } from '../storage/event-reader.ts';
import type { EventsAhead } from '../storage/events-ahead.ts';
import type { ReadableStorage } from '../storage/readable-storage.ts';
import { checkRun, checkSince, runRules } from './check-consumer.ts';
import { checkOptions } from '../option-rules.ts';
import { CheckpointKeeper } from './checkpoint-keeper.ts';
import { consumerPlace } from './consumer-place.ts';
import { ConsumerSource } from './consumer-source.ts';
import type { ConsumerEvents, ConsumerIdentity, ConsumerOptions, RunOptions } from './consumer-options.ts';
import { type Delivery, type EventHandler, EventHandling } from './event-handling.ts';
import { EventFeed } from './event-feed.ts';
import { Lease } from './lease.ts';

/** A durable reader with a state, created by `getConsumer`. */
export class Consumer<State = unknown, Payload = unknown> extends EventEmitter<ConsumerEvents<Payload>> {
  readonly id: string;
  private readonly storage: ReadableStorage;
  private readonly source: ConsumerSource;
  private readonly feed: EventFeed;
  private readonly lease: Lease;
  private readonly keeper: CheckpointKeeper;
  private readonly reader: EventReader;
  private readonly handling: EventHandling<State, Payload>;
  private readonly initial: { readonly state: State; readonly since: number };
  /** Called when this consumer has advanced, or its run has ended. */
  private readonly waiters = new Set<() => void>();
  /** All events of the source up to here have been handled. */
  private covered = 0;
  /** Number of times that the store had been cut back by then. */
  private coveredRebases = -1;
  /** Position at which `caught-up` was emitted last. */
  private announcedPosition = -1;
  /** What the last run rejected with. */
  private failure: Error | undefined;

  /** @internal Consumers come from `getConsumer`. */
  constructor(storage: ReadableStorage, who: ConsumerIdentity<State>, options: ConsumerOptions = {}) {
    super();
    const { id, initial } = who;
    const { name, file, source } = consumerPlace(storage, who.consumed, id);
    this.storage = storage;
    this.id = id;
    this.initial = initial;
    this.source = new ConsumerSource(storage, { ...source, readUndurable: options.readUndurable ?? false });
    this.feed = new EventFeed(storage, this.source);
    this.reader = new EventReader(storage);
    const onPersisted = (position: number): void => void this.emit('persisted', toPosition(position));
    this.keeper = new CheckpointKeeper(file, options.checkpoint ?? {}, { initial, onPersisted });
    this.handling = new EventHandling(this.reader, this.keeper, name, () => this.feed.wake());
    this.lease = new Lease(this.keeper, this.feed, name);
    // A consumer starts with its first listener for events, and stops when none is left.
    const callListeners = callerOf(this, 'data');
    runWhileListenedTo(this, 'data', {
      begin: () => (this.isRunning ? undefined : this.run(callListeners)),
      stop: () => this.stop(),
    });
  }

  /** Name of the stream, or a description of another source, such as "category user". */
  get streamName(): string {
    return this.source.identity.name;
  }

  /** Whether this object runs the consumer at the moment. */
  get isRunning(): boolean {
    return this.lease.isHeld;
  }

  /** The state after the last event, deeply frozen. While an event is being handled: as set so far. */
  get state(): State {
    return this.handling.state;
  }

  /** Position in the store of the last event in the state; 0 when there is none. */
  get position(): Position {
    return toPosition(this.keeper.current.position);
  }

  /**
   * Version, in the source, of the last event in the state: what a commit to the stream must expect when this state was
   * the basis for it.
   */
  get version(): StreamVersion {
    const { position, epoch, since = 0 } = this.keeper.current;
    return toStreamVersion(epoch === 0 ? since : this.source.versionAt(position));
  }

  /** Sets the state that belongs to the event being handled: a value, or a function of the state so far. */
  setState(next: State | ((state: State) => State)): void {
    this.handling.setState(next);
  }

  /**
   * Handles events with `handler` until `stop` is called or `signal` aborts, then resolves. Rejects when the handler
   * throws or its promise rejects: position and state are then as they were before that event. Rejects as well with
   * `CONSUMER_IN_USE`, `CONSUMER_STATE`, `DIVERGED`, and with any error that ends a reader.
   */
  async run(handler: EventHandler<Payload>, options: RunOptions = {}): Promise<void> {
    checkRun(handler, options);
    await this.whileHeld(options.signal, async () => {
      for await (const events of this.batches()) {
        let index = 0;
        for (; index < events.length && this.isWanted; index++) {
          const handled = this.handling.handle(events.moveTo(index), handler, events);
          if (handled !== undefined) await handled;
        }
        if (index === events.length) this.cover();
        this.keeper.saveIfDue();
      }
    });
  }

  /**
   * The events, one at a time, each with `ack`, which confirms that it and all before it were handled, and saves as
   * often as `checkpoint` says. The next run delivers again what was not acknowledged. `setState` applies to the event
   * that was delivered last. Ends when `stop` is called or `signal` aborts; throws what `run` rejects with.
   */
  async *deliveries(options: RunOptions = {}): AsyncGenerator<Delivery<Payload>, undefined> {
    checkOptions(options, runRules);
    if (options.signal?.aborted === true) return;
    await this.begin(options.signal);
    try {
      for await (const events of this.batches()) {
        let index = 0;
        for (; index < events.length && this.isWanted; index++) {
          yield this.handling.deliver(events.moveTo(index), events);
        }
        if (index === events.length) this.cover();
        this.keeper.saveIfDue();
      }
    } catch (error) {
      this.failure = errorOf(error);
      throw error;
    } finally {
      this.end();
    }
  }

  [Symbol.asyncIterator](): AsyncGenerator<Delivery<Payload>, undefined> {
    return this.deliveries();
  }

  /**
   * Resolves when all events up to this position of the store have been handled here: read your writes. Rejects with
   * `TIMED_OUT`, with the reason of `signal`, with the error that made the last run fail, with `DIVERGED` when the state
   * belongs to a history that the store does not have, and when the store closes.
   */
  async waitFor(position: PositionInput, options: WaitOptions = {}): Promise<void> {
    const { storage, waiters } = this;
    checkPosition(storage, position);
    const wait = {
      clock: storage.options.clock,
      goal: `position ${position} of the consumer ${JSON.stringify(this.id)}, which was at ${this.position}`,
      isReached: () => {
        if (this.covered >= position && this.coveredRebases === storage.rebases) return true;
        const { current } = this.keeper;
        if (current.position >= position && this.source.contains(current, new EventReader(storage))) return true;
        if (this.failure !== undefined) throw this.failure;
        storage.assertOpen();
        return false;
      },
      subscribe: (wake: () => void) => {
        waiters.add(wake);
        storage.on('close', wake);
        return () => {
          waiters.delete(wake);
          storage.off('close', wake);
        };
      },
    };
    await waitUntil(wait, options);
  }

  /** Stops after the event being handled, saves, and releases the consumer. A handler must not wait for it. */
  async stop(): Promise<void> {
    this.feed.end();
    await this.lease.finished;
  }

  /**
   * Starts over with this state, after version `since` of the source. Explicit, because it discards what was saved.
   * Throws `CONSUMER_IN_USE` when another process runs this consumer.
   */
  reset(state: State = this.initial.state, since: StreamVersionInput = this.initial.since): void {
    checkSince(since);
    const mustAcquire = !this.isRunning;
    if (mustAcquire) this.keeper.acquire();
    try {
      // An event being handled right now is part of what is discarded.
      this.handling.abandon();
      this.covered = 0;
      this.announcedPosition = -1;
      this.keeper.reset({ state, since });
      this.feed.restart();
    } finally {
      if (mustAcquire) this.keeper.release();
    }
  }

  /** The few facts that JSON and `console.log` show. */
  toJSON(): object {
    return { id: this.id, streamName: this.streamName, position: this.position, isRunning: this.isRunning };
  }

  [inspect.custom](): string {
    return shown(this);
  }

  private async whileHeld(signal: AbortSignal | undefined, body: () => Promise<void>): Promise<void> {
    if (signal?.aborted === true) return;
    await this.begin(signal);
    try {
      await body();
    } catch (error) {
      this.failure = errorOf(error);
      throw error;
    } finally {
      this.end();
    }
  }

  private async begin(signal: AbortSignal | undefined): Promise<void> {
    this.failure = undefined;
    this.covered = 0;
    this.announcedPosition = -1;
    try {
      await this.lease.take(signal);
      this.storage.running.add(this);
    } catch (error) {
      this.failure = errorOf(error);
      throw error;
    }
  }

  private end(): void {
    try {
      this.handling.abandon();
      this.keeper.saveIfNeeded();
    } finally {
      this.lease.give();
      this.storage.running.delete(this);
      for (const wake of this.waiters) wake();
      this.emit('stop');
    }
  }

  /** False when the remaining positions must not be handled: after a stop or reset, or when the store was cut back. */
  private get isWanted(): boolean {
    return this.feed.isOpen && this.source.isVerified;
  }

  private batches(): AsyncGenerator<EventsAhead> {
    this.emit('start', this.position);
    return this.feed.batches(
      () => this.handling.place,
      this.reader,
      () => this.rest(),
    );
  }

  /** Called when there is nothing to handle; returns the longest time to wait for more, in milliseconds. */
  private rest(): number {
    const { keeper, source } = this;
    keeper.caughtUp();
    this.cover();
    const { position } = this.handling.place;
    if (source.isCaughtUp && this.announcedPosition !== position) {
      this.announcedPosition = position;
      this.emit('caught-up', this.position);
    }
    const untilSaved = keeper.hasUnsaved ? keeper.everyMs : Infinity;
    return source.isAwaiting ? Math.min(untilSaved, this.storage.options.pollIntervalMs) : untilSaved;
  }

  private cover(): void {
    if (this.source.isVerified && this.handling.isAllAcknowledged) {
      this.covered = this.source.coveredPosition;
      this.coveredRebases = this.storage.rebases;
    }
    for (const wake of this.waiters) wake();
  }
}
