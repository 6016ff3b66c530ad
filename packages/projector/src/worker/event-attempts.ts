/**
 * Handles each event with the fold of its projection, and applies the projection's failure policy where that throws:
 * tries again after a wait, moves the event to the dead letters, or ends with the error. After a process that died
 * silently, events are announced to the supervisor, so that it can identify the event to blame, which is then not tried
 * forever.
 *
 * Invariants: an event that is in the dead letters is not in the state, whatever happens between the two saves; each
 * attempt, and the dead letter, gets the event as it was committed.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Clock, EventHandler, EventMetadata, StoredEvent } from '@varve/core';
import type { DeadLetterFile } from '../dead-letters/dead-letter-file.ts';
import { EvolveError, reportOf } from '../protocol/error-report.ts';
import { type Backoff, type CondemnedEvent, delayAfter, type FailureRules } from '../protocol/messages.ts';
import type { Fold } from './fold.ts';

export interface EventAttemptsOptions {
  readonly fold: Fold;
  /** Reads a fresh copy of an event. */
  readonly readEvent: (position: number) => StoredEvent;
  readonly rules: FailureRules;
  readonly retry: Backoff;
  readonly deadLetters: DeadLetterFile;
  readonly condemned: CondemnedEvent | undefined;
  /** This many events, beginning with the first, are announced before they are tried. */
  readonly announcedEvents: number;
  /** Resolves when the supervisor has been informed. */
  readonly announce: (position: number) => Promise<void>;
  /** Called after each event, including skipped ones. */
  readonly handled: (metadata: EventMetadata) => void;
  readonly clock: Clock;
  /** Ends a wait between attempts. */
  readonly signal: AbortSignal;
}

export class EventAttempts {
  private readonly options: EventAttemptsOptions;
  private eventsToAnnounce: number;
  /** Events up to this position may be dead letters, or condemned. */
  private readonly lastSkippedPosition: number;

  constructor(options: EventAttemptsOptions) {
    this.options = options;
    this.eventsToAnnounce = options.announcedEvents;
    const lastLetter = options.deadLetters.letters.at(-1)?.position ?? 0;
    this.lastSkippedPosition = Math.max(lastLetter, options.condemned?.position ?? 0);
  }

  readonly handle: EventHandler<unknown> = (event, metadata) => {
    if (metadata.position <= this.lastSkippedPosition && this.isSkipped(event, metadata)) {
      this.options.handled(metadata);
      return undefined;
    }
    return this.eventsToAnnounce > 0 ? this.announceAndTry(event, metadata) : this.tryOnce(event, metadata);
  };

  private tryOnce(event: unknown, metadata: EventMetadata): Promise<void> | undefined {
    const { position, committedAtUs } = metadata;
    try {
      this.options.fold(event, metadata);
    } catch (error) {
      return this.tryAgain(position, committedAtUs, error);
    }
    this.options.handled(metadata);
    return undefined;
  }

  private async announceAndTry(event: unknown, metadata: EventMetadata): Promise<void> {
    this.eventsToAnnounce--;
    await this.options.announce(metadata.position);
    await this.tryOnce(event, metadata);
  }

  private async tryAgain(position: number, committedAtUs: number, firstError: unknown): Promise<void> {
    const { fold, rules, retry, signal, handled } = this.options;
    let lastError = firstError;
    if (rules.onFailure === 'retry') throw lastError;
    for (let failures = 1; failures < rules.attempts; failures++) {
      await wait(delayAfter(retry, failures), undefined, { signal }).catch(() => undefined);
      // The state is as it was before the event, which is tried again the next time.
      if (signal.aborted) throw lastError;
      const { payload, metadata } = this.readAgain(position, committedAtUs);
      try {
        fold(payload, metadata);
        handled(metadata);
        return;
      } catch (error) {
        lastError = error;
      }
    }
    if (rules.onFailure === 'pause') throw lastError;
    const { payload, metadata } = this.readAgain(position, committedAtUs);
    this.skip(payload, metadata, lastError, rules.attempts);
    handled(metadata);
  }

  /** The function that threw may have changed the event and the metadata before that. */
  private readAgain(position: number, committedAtUs: number): StoredEvent {
    const event = this.options.readEvent(position);
    if (event.metadata.committedAtUs === committedAtUs) return event;
    // The store was cut back and grew again in the meantime. The state may contain events that are gone, which the next
    // worker detects.
    throw new Error(`another event has position ${position} by now`);
  }

  /** Whether the event is in the dead letters, or is condemned, in which case it is added to them. */
  private isSkipped(event: unknown, metadata: EventMetadata): boolean {
    const { deadLetters, condemned } = this.options;
    const letter = deadLetters.find(metadata.position);
    // A store that was cut back and grew again may have another event at this position.
    if (letter !== undefined && letter.committedAtUs === metadata.committedAtUs) return true;
    if (condemned?.position !== metadata.position) return false;
    const { position, committedAtUs } = metadata;
    const { error, attempts } = condemned;
    const skippedAtUs = this.options.clock.nowUs();
    deadLetters.add({ position, committedAtUs, eventType: error.eventType, event, error, attempts, skippedAtUs });
    return true;
  }

  private skip(event: unknown, metadata: EventMetadata, thrown: unknown, attempts: number): void {
    const { position, committedAtUs } = metadata;
    const eventType = thrown instanceof EvolveError ? thrown.eventType : undefined;
    const error = reportOf(thrown);
    const skippedAtUs = this.options.clock.nowUs();
    this.options.deadLetters.add({ position, committedAtUs, eventType, event, error, attempts, skippedAtUs });
  }
}
