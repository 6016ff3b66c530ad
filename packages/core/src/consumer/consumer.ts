/**
 * A durable reader of one stream: handles its events one at a time, in order, and saves position and state as one
 * record, so that the state always contains each event exactly once. Any process may run one; only one at a time may
 * run the same one.
 *
 * Invariants: events are handled only when they are published; a handler that throws leaves position and state as
 * they were; a saved position is believed only when the store still has that very event.
 */
import { EventEmitter } from 'node:events';
import type { Timer } from '../clock/clock.ts';
import { VarveError } from '../errors.ts';
import { type Position, toPosition } from '../position.ts';
import { type EventMetadata, EventReader } from '../storage/event-reader.ts';
import type { PositionSequence } from '../storage/position-sequence.ts';
import type { ReadableStorage } from '../storage/readable-storage.ts';
import { CheckpointKeeper, type CheckpointOptions } from './checkpoint-keeper.ts';
import { ConsumerSource } from './consumer-source.ts';
import { deepFreeze } from './deep-freeze.ts';

export interface ConsumerOptions {
  readonly checkpoint?: CheckpointOptions;
}

/** Handles one event; may return a promise, which is awaited before the next event. */
export type EventHandler<Payload> = (event: Payload, metadata: EventMetadata) => unknown;

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

export class Consumer<State = unknown, Payload = unknown> extends EventEmitter<ConsumerEvents<Payload>> {
  readonly id: string;
  private readonly storage: ReadableStorage;
  private readonly source: ConsumerSource;
  private readonly keeper: CheckpointKeeper;
  private readonly reader: EventReader;
  private readonly initial: { readonly state: State; readonly since: number };
  /** Version of the stream to begin after, while there is no event in the state. */
  private since: number;
  /** The state that the event being handled has set so far; only meaningful while one is handled. */
  private pendingState: unknown;
  private isHandling = false;
  private isRunning = false;
  /** Something may have changed since positions were looked up last. */
  private hasNews = true;
  private resume: (() => void) | undefined;
  private finished: Promise<void> = Promise.resolve();

  /** @internal Consumers come from `getConsumer`. */
  constructor(
    storage: ReadableStorage,
    identity: { readonly stream: string; readonly id: string },
    initial: { readonly state: State; readonly since: number },
    options: ConsumerOptions = {},
  ) {
    super();
    this.storage = storage;
    this.id = identity.id;
    this.initial = initial;
    this.since = initial.since;
    this.source = new ConsumerSource(storage, identity.stream);
    this.reader = new EventReader(storage);
    const { fileSystem, clock } = storage.options;
    const place = {
      fileSystem,
      directory: storage.consumerDirectory,
      storeId: storage.description.id,
      stream: identity.stream,
      consumerId: identity.id,
    };
    this.keeper = new CheckpointKeeper(place, options.checkpoint ?? {}, clock, initial.state, (position) =>
      this.emit('persisted', toPosition(position)),
    );
    // A consumer starts with its first listener for events, and rests when it has none.
    watchListeners(this, 'data', {
      added: () => queueMicrotask(() => this.startListening()),
      removedLast: () => void this.stop(),
    });
  }

  get streamName(): string {
    return this.source.streamName;
  }

  /** The state as of the last event; frozen throughout. While an event is handled: as set so far. */
  get state(): State {
    return (this.isHandling ? this.pendingState : this.keeper.current.state) as State;
  }

  /** Position of the last event that is contained in the state; 0 when there is none. */
  get position(): Position {
    return toPosition(this.keeper.current.position);
  }

  /** Sets the state that belongs to the event being handled: a value, or a function of the state so far. */
  setState(next: State | ((state: State) => State)): void {
    if (!this.isHandling) {
      throw new VarveError('OUTSIDE_HANDLER', `The consumer ${this.id} is not handling an event.`, {
        stream: this.streamName,
        hint: 'Call setState in the handler of an event, so that state and position belong together.',
      });
    }
    const state = typeof next === 'function' ? (next as (state: State) => State)(this.state) : next;
    this.pendingState = deepFreeze(state);
  }

  /**
   * Handles events with `handler` until `stop` is called or `signal` aborts, then resolves. Rejects when the handler
   * throws or its promise rejects: position and state are then as they were before that event.
   */
  async run(handler: EventHandler<Payload>, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const { signal } = options;
    if (signal?.aborted === true) return;
    const abort = (): void => void this.stop();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      await this.start(handler);
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Stops after the event being handled, saves, and gives the consumer free. */
  async stop(): Promise<void> {
    this.isRunning = false;
    this.wake();
    await this.finished.catch(() => undefined);
  }

  /** Begins anew: with this state, after version `since` of the stream. Explicit, because it forgets what was saved. */
  reset(state: State = this.initial.state, since: number = this.initial.since): void {
    const mustAcquire = !this.isRunning;
    if (mustAcquire) this.keeper.acquire();
    try {
      this.since = since;
      // An event that is being handled right now belongs to what is forgotten.
      this.isHandling = false;
      this.keeper.reset(state);
      this.source.distrust();
      this.wake();
    } finally {
      if (mustAcquire) this.keeper.release();
    }
  }

  private startListening(): void {
    if (this.isRunning || this.listenerCount('data') === 0) return;
    this.start((event, metadata) => {
      this.emit('data', event, metadata);
    }).catch((error: unknown) => this.emit('error', error as Error));
  }

  private start(handler: EventHandler<Payload>): Promise<void> {
    if (this.isRunning) {
      throw new VarveError('CONSUMER_IN_USE', `The consumer ${this.id} is running already.`, {
        stream: this.streamName,
        hint: 'Stop it first, or use one handler for both purposes.',
      });
    }
    this.storage.assertOpen();
    this.isRunning = true;
    // A consumer that was just stopped must have given its file free before the next run takes it.
    this.finished = this.finished.catch(() => undefined).then(() => this.follow(handler));
    return this.finished;
  }

  private async follow(handler: EventHandler<Payload>): Promise<void> {
    const { storage, keeper } = this;
    const wake = (): void => this.wake();
    const rebase = (): void => {
      this.source.distrust();
      this.wake();
    };
    const close = (): void => void this.stop();
    let hold: Timer | undefined;
    try {
      keeper.acquire();
      hold = storage.options.clock.holdProcess();
      this.source.distrust();
      storage.on('advance', wake).on('rebase', rebase).on('close', close);
      this.emit('start', this.position);
      await this.drain(handler);
      keeper.saveIfNeeded();
    } finally {
      storage.off('advance', wake).off('rebase', rebase).off('close', close);
      this.isRunning = false;
      hold?.cancel();
      keeper.release();
      this.emit('stop');
    }
  }

  private async drain(handler: EventHandler<Payload>): Promise<void> {
    const { keeper, source } = this;
    let hasAnnounced = false;
    while (this.isRunning) {
      this.hasNews = false;
      const positions = source.next(keeper.current, this.since, this.reader);
      if (positions.length > 0) {
        hasAnnounced = false;
        await this.handleAll(positions, handler);
        await new Promise((resolve) => setImmediate(resolve));
        continue;
      }
      keeper.caughtUp();
      if (!hasAnnounced && source.isVerified) {
        hasAnnounced = true;
        this.emit('caught-up', this.position);
      }
      await this.untilWoken();
    }
  }

  private async handleAll(positions: PositionSequence, handler: EventHandler<Payload>): Promise<void> {
    // A reset or a store that was cut back, meanwhile, makes the rest of these positions meaningless.
    for (let index = 0; index < positions.length && this.isRunning && this.source.isVerified; index++) {
      const handled = this.handle(positions.at(index), handler);
      if (handled !== undefined) await handled;
    }
    this.keeper.saveIfDue();
  }

  /** Handles one event; the result is a promise only when the handler's is. */
  private handle(position: number, handler: EventHandler<Payload>): Promise<void> | undefined {
    const { reader, keeper } = this;
    reader.seek(position);
    const { epoch, checksum: frameChecksum } = reader.frame;
    const payload = reader.payload() as Payload;
    const metadata = reader.metadata();
    this.pendingState = keeper.current.state;
    this.isHandling = true;
    const accept = (): void => {
      if (!this.isHandling) return;
      this.isHandling = false;
      keeper.accept({ position, epoch, frameChecksum, state: this.pendingState });
    };
    let result: unknown;
    try {
      result = handler(payload, metadata);
    } catch (error) {
      this.refuse();
      throw error;
    }
    if (!isPromise(result)) {
      accept();
      return undefined;
    }
    return result.then(accept, (error: unknown) => {
      this.refuse();
      throw error;
    });
  }

  /** What was handled before the failing event is saved; of that event nothing is kept. */
  private refuse(): void {
    this.isHandling = false;
    this.keeper.saveIfNeeded();
  }

  private wake(): void {
    this.hasNews = true;
    this.resume?.();
  }

  /** Resolves at the next sign of news, or when there is something to save and it is time to. */
  private async untilWoken(): Promise<void> {
    if (this.hasNews || !this.isRunning) return;
    const { keeper } = this;
    const { clock } = this.storage.options;
    const timer = keeper.hasUnsaved ? clock.setTimer(() => this.resume?.(), keeper.everyMs) : undefined;
    await new Promise<void>((resolve) => {
      this.resume = resolve;
    });
    this.resume = undefined;
    timer?.cancel();
  }
}

/** Tells when listeners for `event` come and go; the types of an emitter do not know its own events. */
function watchListeners(emitter: EventEmitter, event: string, on: { added(): void; removedLast(): void }): void {
  emitter.on('newListener', (name) => {
    if (name === event) on.added();
  });
  emitter.on('removeListener', (name) => {
    if (name === event && emitter.listenerCount(event) === 0) on.removedLast();
  });
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
