import type { Clock, EventMetadata, Timer } from '@varve/core';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ProgressReport } from '../protocol/messages.ts';
import { Progress } from './progress.ts';

/** Time that passes only when a test says so. */
class ManualClock implements Clock {
  us = 1_000_000;
  private timers: { readonly dueUs: number; readonly callback: () => void }[] = [];

  nowUs(): number {
    return this.us;
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    const timer = { dueUs: this.us + delayMs * 1000, callback };
    this.timers.push(timer);
    return { cancel: () => void (this.timers = this.timers.filter((other) => other !== timer)) };
  }

  holdProcess(): Timer {
    return { cancel: () => undefined };
  }

  pass(ms: number): void {
    const endUs = this.us + ms * 1000;
    for (;;) {
      const [next] = this.timers.toSorted((left, right) => left.dueUs - right.dueUs);
      if (next === undefined || next.dueUs > endUs) break;
      this.us = Math.max(this.us, next.dueUs);
      this.timers = this.timers.filter((other) => other !== next);
      next.callback();
    }
    this.us = endUs;
  }
}

let clock: ManualClock;
let reports: ProgressReport[];
/** The numbers of events in the projection's stream and in the store. */
let length: number;
let storePosition: number;
/** The number of events up to the start of the worker; undefined while the store does not have them all. */
let startVersion: number | undefined;

beforeEach(() => {
  clock = new ManualClock();
  reports = [];
  length = 0;
  storePosition = 0;
});

/** `isThere`: whether the store has the events up to this position. */
function startAt(position: number, isThere = true): Progress {
  startVersion = isThere ? position : undefined;
  const progress = new Progress({
    source: { length: () => length, versionAt: () => startVersion },
    storePosition: () => storePosition,
    deadLetters: () => [],
    startPosition: position,
    reportIntervalMs: 50,
    heartbeatIntervalMs: 1000,
    send: (report) => reports.push(report),
    clock,
  });
  progress.start();
  clock.pass(0);
  return progress;
}

function event(position: number, version: number, committedAtUs: number): EventMetadata {
  return { position, streamVersion: version, committedAtUs } as EventMetadata;
}

/** `count` events arrive in the store and in the stream. */
function arrive(count: number): void {
  length += count;
  storePosition += count;
}

describe('Progress', () => {
  it('reports at the start, then only when something happened, and as a sign of life', () => {
    startAt(0);
    expect(reports).toHaveLength(1);
    clock.pass(999);
    expect(reports).toHaveLength(1);
    clock.pass(1);
    expect(reports).toHaveLength(2);
  });

  it('puts many events into one report', () => {
    const progress = startAt(0);
    arrive(100);
    clock.pass(500);
    for (let position = 1; position <= 100; position++) progress.handled(event(position, position, clock.us));
    clock.pass(0);
    expect(reports).toHaveLength(2);
    expect(reports[1]).toMatchObject({ position: 100, handledEvents: 100, lagEvents: 0, savedPosition: 0 });
  });

  it('leaves the interval between reports', () => {
    const progress = startAt(0);
    for (let ms = 0; ms < 500; ms++) {
      arrive(1);
      progress.handled(event(ms + 1, ms + 1, clock.us));
      clock.pass(1);
    }
    expect(reports.length).toBeGreaterThanOrEqual(10);
    expect(reports.length).toBeLessThanOrEqual(11);
    expect(reports.reduce((sum, { handledEvents }) => sum + handledEvents, 0)).toBeGreaterThanOrEqual(450);
  });

  it('covers what was saved, and all of the store once everything was', () => {
    const progress = startAt(0);
    length = 2;
    storePosition = 10;
    progress.handled(event(3, 1, clock.us));
    progress.saved(3);
    clock.pass(50);
    expect(reports.at(-1)).toMatchObject({ position: 3, savedPosition: 3, coveredPosition: 3, lagEvents: 1 });
    progress.handled(event(8, 2, clock.us));
    clock.pass(50);
    expect(reports.at(-1)).toMatchObject({ position: 8, savedPosition: 3, coveredPosition: 3, lagEvents: 0 });
    progress.saved(8);
    clock.pass(50);
    expect(reports.at(-1)).toMatchObject({ savedPosition: 8, coveredPosition: 10 });
    storePosition = 12;
    progress.advanced();
    clock.pass(50);
    expect(reports.at(-1)).toMatchObject({ savedPosition: 8, coveredPosition: 12 });
  });

  it('measures from commit to handler only once it has caught up', () => {
    const progress = startAt(0);
    arrive(2);
    const longAgoUs = clock.us - 60_000_000;
    progress.handled(event(1, 1, longAgoUs));
    clock.pass(50);
    expect(reports.at(-1)).toMatchObject({ isLive: false, lagEvents: 1, lagMs: 60_050, liveLag: { pairs: [] } });
    progress.handled(event(2, 2, longAgoUs));
    progress.caughtUp();
    clock.pass(50);
    expect(reports.at(-1)).toMatchObject({ isLive: true, lagEvents: 0, lagMs: 0, liveLag: { pairs: [] } });

    arrive(1);
    progress.handled(event(3, 3, clock.us - 7));
    clock.pass(50);
    expect(reports.at(-1)!.liveLag).toEqual({ pairs: [7, 1], maxUs: 7 });
    clock.pass(1000);
    expect(reports.at(-1)!.liveLag).toEqual({ pairs: [], maxUs: 0 });
  });

  it('does not call an event late that came after a quiet hour', () => {
    const progress = startAt(0);
    arrive(1);
    progress.handled(event(1, 1, clock.us));
    progress.caughtUp();
    clock.pass(3_600_000);
    arrive(5);
    progress.advanced();
    clock.pass(50);
    expect(reports.at(-1)!.lagEvents).toBe(5);
    expect(reports.at(-1)!.lagMs).toBeLessThanOrEqual(1000);
  });

  it('is not behind where the store is behind its state, and does not say what that covers', () => {
    length = 3;
    storePosition = 30;
    const progress = startAt(100, false);
    // Either a copy of a store that will have the same events, or a store that was cut back and will have others.
    expect(reports.at(-1)).toMatchObject({ position: 100, savedPosition: 100, coveredPosition: 0, lagEvents: 0 });
    startVersion = 10;
    length = 11;
    storePosition = 120;
    progress.advanced();
    clock.pass(50);
    expect(reports.at(-1)).toMatchObject({ coveredPosition: 100, lagEvents: 1 });
    progress.handled(event(110, 11, clock.us));
    progress.saved(110);
    clock.pass(50);
    expect(reports.at(-1)).toMatchObject({ coveredPosition: 120, lagEvents: 0 });
  });

  it('does not say what it covers while the store, being cut back, does not have its last event', () => {
    const progress = startAt(0);
    arrive(5);
    for (let position = 1; position <= 5; position++) progress.handled(event(position, position, clock.us));
    progress.saved(5);
    clock.pass(50);
    expect(reports.at(-1)).toMatchObject({ coveredPosition: 5 });
    length = storePosition = 3;
    progress.advanced();
    clock.pass(50);
    expect(reports.at(-1)).toMatchObject({ savedPosition: 5, coveredPosition: 0 });
  });

  it('reports a last time, and then no more', () => {
    const progress = startAt(0);
    arrive(1);
    progress.handled(event(1, 1, clock.us));
    progress.saved(1);
    progress.finish();
    expect(reports.at(-1)).toMatchObject({ position: 1, savedPosition: 1 });
    const count = reports.length;
    clock.pass(10_000);
    expect(reports).toHaveLength(count);
  });
});
