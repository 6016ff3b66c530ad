/**
 * Delivers its events to a consumer in batches, and wakes it when there may be more. Whatever woke it, it looks again.
 * The process stays alive while the feed is open.
 */
import type { Timer } from '../clock/clock.ts';
import type { EventReader } from '../storage/event-reader.ts';
import { EventsAhead } from '../storage/events-ahead.ts';
import type { ReadableStorage } from '../storage/readable-storage.ts';
import { assertSameStore } from '../storage/same-store.ts';
import type { ConsumerSource, Place } from './consumer-source.ts';

export class EventFeed {
  readonly source: ConsumerSource;
  private readonly storage: ReadableStorage;
  private isOpenNow = false;
  /** Whether something may have changed since positions were last looked up. */
  private hasNews = true;
  private failure: Error | undefined;
  private resume: (() => void) | undefined;
  private hold: Timer | undefined;
  private readonly onNews = (): void => this.wake();
  private readonly onRebase = (): void => this.restart();
  private readonly onError = (error: Error): void => {
    this.failure = error;
    this.wake();
  };
  private readonly onClose = (): void => {
    this.isOpenNow = false;
    this.wake();
  };

  constructor(storage: ReadableStorage, source: ConsumerSource) {
    this.storage = storage;
    this.source = source;
  }

  /** False when no more events are wanted. Throws the error that ended the reader. */
  get isOpen(): boolean {
    if (this.failure !== undefined) throw this.failure;
    return this.isOpenNow;
  }

  /**
   * Throws when the store is closed or replaced, and throws the error that ended its reader or writer: no more events
   * would come.
   */
  open(): void {
    const { storage, onNews, onRebase, onClose, onError } = this;
    storage.assertOpen();
    if (storage.fatalError !== undefined) throw storage.fatalError;
    const { directory, description, epoch, options } = storage;
    // Otherwise the state would be saved in another store, or where there is none.
    assertSameStore(options.fileSystem, { directory, id: description.id, epoch });
    this.isOpenNow = true;
    this.failure = undefined;
    this.source.distrust();
    this.hold = storage.options.clock.holdProcess();
    storage.on('advance', onNews).on('rebase', onRebase).on('close', onClose).on('error', onError);
  }

  /** Ends the feed and wakes whoever waits. */
  end(): void {
    this.onClose();
  }

  close(): void {
    const { storage, onNews, onRebase, onClose, onError } = this;
    this.isOpenNow = false;
    storage.off('advance', onNews).off('rebase', onRebase).off('close', onClose).off('error', onError);
    this.hold?.cancel();
  }

  /**
   * Batches of events after `place`, until the feed ends. Other work of the process gets a turn in between. `idle` is
   * called when there are no events at the moment; it returns the longest time to wait, in milliseconds.
   */
  async *batches(place: () => Place, reader: EventReader, idle: () => number): AsyncGenerator<EventsAhead> {
    while (this.isOpen) {
      this.hasNews = false;
      const positions = this.source.next(place(), reader);
      if (positions.length === 0) {
        await this.wait(idle());
      } else {
        yield new EventsAhead(this.storage, positions);
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }

  /** Starts again from the place, which has changed. */
  restart(): void {
    this.source.distrust();
    this.wake();
  }

  /** Makes the feed look again, for instance for something to save. */
  wake(): void {
    this.hasNews = true;
    this.resume?.();
  }

  /** Resolves at the next sign of news since positions were looked up, or after `mostMs`. */
  private async wait(mostMs: number): Promise<void> {
    if (this.hasNews || !this.isOpenNow) return;
    const { clock } = this.storage.options;
    const timer = mostMs === Infinity ? undefined : clock.setTimer(() => this.resume?.(), mostMs);
    await new Promise<void>((resolve) => {
      this.resume = resolve;
    });
    this.resume = undefined;
    timer?.cancel();
  }
}
