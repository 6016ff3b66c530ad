/**
 * A consumer whose position is kept in a sink, in the same transactions as what its handler writes there. It has no state
 * of its own. Guide: docs/consumers.md.
 *
 * Invariant: the position in the sink advances only together with everything that was written for the events up to it.
 */
import { EventEmitter } from 'node:events';
import { DivergedError, VarveError } from '../errors.ts';
import { type Position, toPosition } from '../position.ts';
import { EventReader } from '../storage/event-reader.ts';
import type { EventsAhead } from '../storage/events-ahead.ts';
import { checkOptions, optionRules, withoutUndefined } from '../option-rules.ts';
import type { ReadableStorage } from '../storage/readable-storage.ts';
import { checkId, checkRun, sinceRule } from './check-consumer.ts';
import type { ConsumedSource } from './consumed-source.ts';
import { consumerPlace } from './consumer-place.ts';
import { ConsumerFile } from './consumer-file.ts';
import type { RunOptions } from './consumer-options.ts';
import { ConsumerSource } from './consumer-source.ts';
import { EventFeed } from './event-feed.ts';
import { Lease } from './lease.ts';
import {
  type Sink,
  type SinkCheckpoint,
  sinkDefaults,
  type SinkHandler,
  type SinkKey,
  type SinkOptions,
} from './sink.ts';

export interface SinkConsumerEvents {
  /** From here on this process owns the consumer, and has read its position. */
  start: [position: Position];
  /** All published events are in the sink. */
  'caught-up': [position: Position];
  /** A transaction was committed. */
  persisted: [position: Position];
  stop: [];
}

export const sinkRules = {
  since: sinceRule,
  eventsPerTransaction: optionRules.positiveInteger,
  readUndurable: optionRules.boolean,
};

export class SinkConsumer<Payload, Transaction> extends EventEmitter<SinkConsumerEvents> {
  readonly id: string;
  private readonly storage: ReadableStorage;
  private readonly sink: Sink<Transaction>;
  private readonly options: Required<SinkOptions>;
  private readonly source: ConsumerSource;
  private readonly feed: EventFeed;
  private readonly lease: Lease;
  private readonly reader: EventReader;
  private readonly key: SinkKey;
  private readonly name: string;
  private checkpoint: SinkCheckpoint | undefined;
  private announcedPosition = -1;

  /** @internal Sink consumers come from `getSinkConsumer`. */
  constructor(
    storage: ReadableStorage,
    who: { readonly consumed: ConsumedSource; readonly id: string },
    sink: Sink<Transaction>,
    options: SinkOptions = {},
  ) {
    super();
    const { consumed, id } = who;
    storage.assertOpen();
    checkId(id);
    checkOptions(options, sinkRules);
    const { name, file, source } = consumerPlace(storage, consumed, id);
    const { kind, key } = source.identity;
    this.storage = storage;
    this.id = id;
    this.sink = sink;
    this.options = { ...sinkDefaults, ...withoutUndefined(options) };
    this.name = name;
    this.key = { source: `${kind}:${key}`, consumer: id };
    this.source = new ConsumerSource(storage, { ...source, readUndurable: this.options.readUndurable });
    this.feed = new EventFeed(storage, this.source);
    this.reader = new EventReader(storage);
    this.lease = new Lease(new ConsumerFile(file), this.feed, name);
  }

  /** Position in the store of the last event in the sink, as far as this object knows; 0 when there is none. */
  get position(): Position {
    return toPosition(this.checkpoint?.position ?? 0);
  }

  get isRunning(): boolean {
    return this.lease.isHeld;
  }

  /**
   * Handles events with `handler`, several in one transaction, until `stop` is called or `signal` aborts, then
   * resolves. Rejects with what the handler or the sink throws, after the transaction is rolled back; with
   * `CONSUMER_IN_USE`, `DIVERGED`, and with any error that ends a reader.
   */
  async run(handler: SinkHandler<Payload, Transaction>, options: RunOptions = {}): Promise<void> {
    checkRun(handler, options);
    const { signal } = options;
    if (signal?.aborted === true) return;
    await this.lease.take(signal);
    this.storage.running.add(this);
    try {
      this.checkpoint = await this.load();
      this.announcedPosition = -1;
      this.emit('start', this.position);
      for await (const events of this.feed.batches(
        () => this.place,
        this.reader,
        () => this.rest(),
      )) {
        await this.handleAll(events, handler);
      }
    } finally {
      this.storage.running.delete(this);
      this.lease.give();
      this.emit('stop');
    }
  }

  /** Stops after the current transaction. A handler must not wait for it. */
  async stop(): Promise<void> {
    this.feed.end();
    await this.lease.finished;
  }

  private get place(): { position: number; epoch: number; frameChecksum: number; since: number } {
    const { position = 0, epoch = 0, frameChecksum = 0 } = this.checkpoint ?? {};
    return { position, epoch, frameChecksum, since: this.options.since };
  }

  private async load(): Promise<SinkCheckpoint | undefined> {
    const loaded = await this.sink.load(this.key);
    const storeId = this.storage.description.id;
    if (loaded === undefined || loaded.storeId === storeId) return loaded;
    throw new DivergedError(`The sink of the consumer ${this.name} was filled from another store.`, {
      path: this.storage.directory,
      expected: storeId,
      found: loaded.storeId,
      hint: 'Empty the sink and remove its checkpoint to fill it from this store, or bring back the other store.',
    });
  }

  private async handleAll(events: EventsAhead, handler: SinkHandler<Payload, Transaction>): Promise<void> {
    for (let first = 0; first < events.length && this.isWanted;) {
      const end = Math.min(events.length, first + this.options.eventsPerTransaction);
      first = await this.writeRange(events, first, end, handler);
    }
  }

  /**
   * Handles the events with indexes from `first` up to, but not including, `end` in one transaction; returns the next
   * index.
   */
  private async writeRange(
    events: EventsAhead,
    first: number,
    end: number,
    handler: SinkHandler<Payload, Transaction>,
  ): Promise<number> {
    let next = first;
    let last = this.checkpoint;
    // The store may be cut back while the sink begins the transaction, which is then rolled back with nothing in it.
    let isInVain = false;
    const fill = async (transaction: Transaction): Promise<SinkCheckpoint> => {
      // Starts from `first` again if the sink calls this again.
      for (next = first; next < end && this.isWanted; next++) {
        last = await this.handle(events, next, handler, transaction);
      }
      isInVain = next === first;
      if (isInVain) throw new Error(`What the consumer ${this.name} was to write is not in the store any more.`);
      return last!;
    };
    const written = this.sink.write(this.key, this.checkpoint, fill);
    const isOurs = await written.catch((error: unknown) => {
      if (!isInVain) throw error;
      return undefined;
    });
    if (isOurs === undefined) return end;
    if (!isOurs) throw this.inUse();
    this.checkpoint = last;
    this.emit('persisted', this.position);
    return next;
  }

  private async handle(
    events: EventsAhead,
    index: number,
    handler: SinkHandler<Payload, Transaction>,
    transaction: Transaction,
  ): Promise<SinkCheckpoint> {
    const { reader, storage } = this;
    const position = events.moveTo(index);
    reader.seek(position, events);
    const { epoch, checksum: frameChecksum } = reader.frame;
    const payload = reader.payload() as Payload;
    await handler(payload, reader.metadata(), transaction);
    return { storeId: storage.description.id, position, epoch, frameChecksum };
  }

  private rest(): number {
    if (this.source.isCaughtUp && this.announcedPosition !== this.position) {
      this.announcedPosition = this.position;
      this.emit('caught-up', this.position);
    }
    return this.source.isAwaiting ? this.storage.options.pollIntervalMs : Infinity;
  }

  /** False when the remaining positions must not be handled: after a stop, or when the store was cut back. */
  private get isWanted(): boolean {
    return this.feed.isOpen && this.source.isVerified;
  }

  private inUse(): VarveError {
    return new VarveError('CONSUMER_IN_USE', `The sink of the consumer ${this.name} was written by another process.`, {
      stream: this.source.identity.name,
      hint: 'One process at a time may run a consumer, on all machines that write to the same sink: stop the other one.',
    });
  }
}
