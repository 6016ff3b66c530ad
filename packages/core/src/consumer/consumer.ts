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
import { DivergedError, VarveError } from '../errors.ts';
import { type Position, toPosition } from '../position.ts';
import { type EventMetadata, EventReader } from '../storage/event-reader.ts';
import type { ReadableStorage } from '../storage/readable-storage.ts';
import { allStream } from '../stream/event-stream.ts';
import { type Checkpoint, ConsumerFile } from './consumer-file.ts';
import { deepFreeze } from './deep-freeze.ts';

/** When a consumer saves. Exactly-once holds whatever is chosen: this is about how much is done again after a crash. */
export interface CheckpointOptions {
  /** After this many events. @default 1000 */
  readonly everyEvents?: number;
  /** When this time has passed since the last one and there is something to save. @default 1000 */
  readonly everyMs?: number;
  /** Whenever all published events have been handled. @default true */
  readonly onCaughtUp?: boolean;
  /** Waits until the record is on the medium, so that it also survives the machine. @default false */
  readonly durable?: boolean;
}

export const checkpointDefaults = { everyEvents: 1000, everyMs: 1000, onCaughtUp: true, durable: false } as const;

export interface ConsumerOptions {
  readonly checkpoint?: CheckpointOptions;
}

/** Handles one event; may return a promise, which is awaited before the next event. */
export type EventHandler<Payload> = (event: Payload, metadata: EventMetadata) => unknown;

export interface ConsumerEvents<Payload> {
  data: [event: Payload, metadata: EventMetadata];
  /** All published events have been handled. */
  'caught-up': [position: Position];
  /** Position and state were saved. */
  persisted: [position: Position];
  error: [error: Error];
  stop: [];
}

/** Events handled before other work of the process gets a turn, and looked up at once. */
const eventsPerTurn = 256;

export class Consumer<State = unknown, Payload = unknown> extends EventEmitter<ConsumerEvents<Payload>> {
  readonly streamName: string;
  readonly id: string;
  private readonly storage: ReadableStorage;
  private readonly file: ConsumerFile;
  private readonly reader: EventReader;
  private readonly checkpoint: Required<CheckpointOptions>;
  private readonly initial: { readonly state: State; readonly since: number };
  private current: Checkpoint;
  private isLoaded = false;
  /** The state that the event being handled has set so far; only meaningful while one is handled. */
  private pendingState: unknown;
  private isHandling = false;
  private isRunning = false;
  private unsavedEvents = 0;
  private savedAtMs = 0;
  private mustVerify = true;
  /** Something may have changed since positions were looked up last. */
  private hasNews = true;
  private resume: (() => void) | undefined;
  /** Version of the stream to begin after, while there is no event in the state. */
  private since: number;
  private hold: Timer | undefined;
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
    this.streamName = identity.stream;
    this.id = identity.id;
    this.initial = initial;
    this.checkpoint = { ...checkpointDefaults, ...options.checkpoint };
    this.reader = new EventReader(storage);
    this.file = new ConsumerFile({
      fileSystem: storage.options.fileSystem,
      directory: storage.consumerDirectory,
      storeId: storage.description.id,
      stream: identity.stream,
      consumerId: identity.id,
    });
    this.since = initial.since;
    this.current = startingPoint(initial.state);
    // A consumer starts with its first listener for events, and rests when it has none.
    const emitter: EventEmitter = this;
    emitter.on('newListener', (name) => {
      if (name === 'data') queueMicrotask(() => this.startListening());
    });
    emitter.on('removeListener', (name) => {
      if (name === 'data' && this.listenerCount('data') === 0) void this.stop();
    });
  }

  /** The state as of the last event; frozen throughout. While an event is handled: as set so far. */
  get state(): State {
    this.load();
    return (this.isHandling ? this.pendingState : this.current.state) as State;
  }

  /** Position of the last event that is contained in the state; 0 when there is none. */
  get position(): Position {
    this.load();
    return toPosition(this.current.position);
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
  reset(state: State = this.initial.state, since = this.initial.since): void {
    const wasRunning = this.isRunning;
    if (!wasRunning) this.file.acquire();
    try {
      this.isLoaded = true;
      this.since = since;
      this.current = startingPoint(state);
      this.pendingState = this.current.state;
      this.save();
    } finally {
      if (!wasRunning) this.file.release();
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
    const { storage } = this;
    const wake = (): void => this.wake();
    const rebase = (): void => {
      this.mustVerify = true;
      this.wake();
    };
    const close = (): void => void this.stop();
    try {
      this.file.acquire();
      this.hold = storage.options.clock.holdProcess();
      this.isLoaded = false;
      this.load();
      this.mustVerify = true;
      storage.on('advance', wake).on('rebase', rebase).on('close', close);
      await this.drain(handler);
      this.saveIfNeeded();
    } finally {
      storage.off('advance', wake).off('rebase', rebase).off('close', close);
      this.isRunning = false;
      this.hold?.cancel();
      this.file.release();
      this.emit('stop');
    }
  }

  private async drain(handler: EventHandler<Payload>): Promise<void> {
    let hasAnnounced = false;
    while (this.isRunning) {
      this.hasNews = false;
      const positions = this.verified() ? this.nextPositions() : noPositions;
      if (positions.length > 0) {
        hasAnnounced = false;
        await this.handleAll(positions, handler);
        await new Promise((resolve) => setImmediate(resolve));
        continue;
      }
      if (this.checkpoint.onCaughtUp || this.isSaveDue()) this.saveIfNeeded();
      if (!hasAnnounced && !this.mustVerify) {
        hasAnnounced = true;
        this.emit('caught-up', this.position);
      }
      await this.untilWoken();
    }
  }

  private async handleAll(positions: ArrayLike<number>, handler: EventHandler<Payload>): Promise<void> {
    for (let index = 0; index < positions.length && this.isRunning; index++) {
      const handled = this.handle(positions[index]!, handler);
      if (handled !== undefined) await handled;
      if (this.unsavedEvents >= this.checkpoint.everyEvents) this.save();
    }
    if (this.isSaveDue()) this.saveIfNeeded();
  }

  /** Handles one event; the result is a promise only when the handler's is. */
  private handle(position: number, handler: EventHandler<Payload>): Promise<void> | undefined {
    const { reader } = this;
    reader.seek(position);
    const { epoch, checksum } = reader.frame;
    const payload = reader.payload() as Payload;
    const metadata = reader.metadata();
    this.pendingState = this.current.state;
    this.isHandling = true;
    let result: unknown;
    try {
      result = handler(payload, metadata);
    } catch (error) {
      throw this.handlerFailed(error);
    }
    const accept = (): void => {
      this.isHandling = false;
      this.current = { position, epoch, frameChecksum: checksum, state: this.pendingState };
      this.unsavedEvents++;
    };
    if (!isPromise(result)) {
      accept();
      return undefined;
    }
    return result.then(accept, (error: unknown) => {
      throw this.handlerFailed(error);
    });
  }

  /** What was handled before the failing event is saved; of that event nothing is kept. */
  private handlerFailed(error: unknown): unknown {
    this.isHandling = false;
    this.saveIfNeeded();
    return error;
  }

  private nextPositions(): ArrayLike<number> {
    const { storage, current } = this;
    const published = storage.publishedPosition;
    if (this.streamName === allStream) return positionsAfter(Math.max(current.position, this.since), published);
    const stream = storage.streamNamed(this.streamName);
    if (stream === undefined) return noPositions;
    const last = storage.streamVersionAt(stream.id, published);
    const seen = Math.max(storage.streamVersionAt(stream.id, current.position), this.since);
    return storage.streamPositions(stream.id, seen + 1, Math.min(last, seen + eventsPerTurn));
  }

  /**
   * Whether the store has the event that the state ends with. False while it may still come, because this copy of
   * the store is behind; throws `DivergedError` when it cannot come any more.
   */
  private verified(): boolean {
    if (!this.mustVerify) return true;
    const { position, epoch, frameChecksum } = this.current;
    const { storage } = this;
    if (epoch !== 0 && position > storage.publishedPosition) {
      if (storage.epoch <= epoch) return false;
      throw this.diverged(`the store ends at position ${storage.publishedPosition}`);
    }
    if (epoch !== 0) {
      this.reader.seek(position);
      const { frame } = this.reader;
      if (frame.checksum !== frameChecksum || frame.epoch !== epoch) throw this.diverged('that event is another one');
    }
    this.mustVerify = false;
    return true;
  }

  private diverged(reason: string): DivergedError {
    const { position } = this.current;
    const consumer = `${JSON.stringify(this.id)} of stream ${JSON.stringify(this.streamName)}`;
    return new DivergedError(`The consumer ${consumer} is at position ${position}, but ${reason}.`, {
      path: this.file.path,
      position,
      stream: this.streamName,
    });
  }

  private wake(): void {
    this.hasNews = true;
    this.resume?.();
  }

  /** Resolves at the next sign of news, or when there is something to save and it is time to. */
  private async untilWoken(): Promise<void> {
    if (this.hasNews || !this.isRunning) return;
    const { clock } = this.storage.options;
    const timer = this.unsavedEvents > 0 ? clock.setTimer(() => this.resume?.(), this.checkpoint.everyMs) : undefined;
    await new Promise<void>((resolve) => {
      this.resume = resolve;
    });
    this.resume = undefined;
    timer?.cancel();
  }

  private load(): void {
    if (this.isLoaded) return;
    const saved = this.file.load();
    this.isLoaded = true;
    if (saved !== undefined) this.current = { ...saved, state: deepFreeze(saved.state) };
  }

  private saveIfNeeded(): void {
    if (this.unsavedEvents > 0) this.save();
  }

  private save(): void {
    this.file.save(this.current, this.checkpoint.durable);
    this.unsavedEvents = 0;
    this.savedAtMs = this.nowMs();
    this.emit('persisted', toPosition(this.current.position));
  }

  private isSaveDue(): boolean {
    return this.nowMs() - this.savedAtMs >= this.checkpoint.everyMs;
  }

  private nowMs(): number {
    return this.storage.options.clock.nowUs() / 1000;
  }
}

const noPositions: ArrayLike<number> = [];

/** The next positions behind `last`, up to `published` or one turn's worth. */
function positionsAfter(last: number, published: number): ArrayLike<number> {
  const positions = new Float64Array(Math.max(0, Math.min(eventsPerTurn, published - last)));
  for (let index = 0; index < positions.length; index++) positions[index] = last + 1 + index;
  return positions;
}

function startingPoint(state: unknown): Checkpoint {
  return { position: 0, epoch: 0, frameChecksum: 0, state: deepFreeze(state) };
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
