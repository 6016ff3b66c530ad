import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventMetadata, nodeFileSystem, type StoredEvent, systemClock } from '@varve/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DeadLetter, DeadLetterFile, maxDeadLetters } from '../dead-letters/dead-letter-file.ts';
import { EvolveError } from '../protocol/error-report.ts';
import { EventAttempts, type EventAttemptsOptions } from './event-attempts.ts';

let stateDirectory: string;
let deadLetters: DeadLetterFile;
let handled: number[];
let announced: number[];
/** The positions at which the fold throws, and the remaining number of times. */
let throwing: Map<number, number>;
let tried: number[];

const projection = { name: 'p', stream: '_all', version: 1 };

beforeEach(() => {
  stateDirectory = mkdtempSync(join(tmpdir(), 'varve-attempts-'));
  deadLetters = letterFile();
  handled = [];
  announced = [];
  tried = [];
  throwing = new Map();
});

afterEach(() => rmSync(stateDirectory, { recursive: true }));

function letterFile(): DeadLetterFile {
  const storeId = '0'.repeat(32);
  return new DeadLetterFile({ fileSystem: nodeFileSystem, stateDirectory, storeId, projection, part: 0 });
}

function attempting(options: Partial<EventAttemptsOptions> = {}): EventAttempts {
  return new EventAttempts({
    fold(_event, { position }) {
      tried.push(position);
      const left = throwing.get(position) ?? 0;
      throwing.set(position, left - 1);
      if (left > 0) throw new EvolveError(position, 'Added', 'on', new Error('too much'));
    },
    readEvent: stored,
    rules: { onFailure: 'skip', attempts: 3 },
    retry: { initialDelayMs: 1, factor: 1, maxDelayMs: 1 },
    deadLetters,
    condemned: undefined,
    announcedEvents: 0,
    announce: (position) => {
      announced.push(position);
      return Promise.resolve();
    },
    handled: ({ position }) => handled.push(position),
    clock: systemClock,
    signal: new AbortController().signal,
    ...options,
  });
}

/** The event at a position, as a fresh object each time, like reading it. */
function stored(position: number): StoredEvent {
  const metadata = { position, committedAtUs: position * 1000 } as EventMetadata;
  return { stream: 's', payload: { number: position }, metadata };
}

async function run(attempts: EventAttempts, ...positions: number[]): Promise<void> {
  for (const position of positions) {
    const { payload, metadata } = stored(position);
    await attempts.handle(payload, metadata);
  }
}

function letterAt(position: number, committedAtUs = position * 1000): DeadLetter {
  const error = { message: 'before' };
  return { position, committedAtUs, eventType: 'Added', event: {}, error, attempts: 1, skippedAtUs: 1 };
}

describe('EventAttempts', () => {
  it('tries again, and counts an event that succeeds then as handled once', async () => {
    throwing.set(2, 2);
    await run(attempting(), 1, 2, 3);
    expect(tried).toEqual([1, 2, 2, 2, 3]);
    expect(handled).toEqual([1, 2, 3]);
    expect(deadLetters.letters).toEqual([]);
  });

  it('skips an event that fails every time, with what there is to know about it', async () => {
    throwing.set(2, Infinity);
    await run(attempting(), 1, 2, 3);
    expect(handled).toEqual([1, 2, 3]);
    expect(letterFile().letters).toMatchObject([
      {
        position: 2,
        committedAtUs: 2000,
        eventType: 'Added',
        event: { number: 2 },
        error: { message: 'The function for "Added" failed at position 2: too much', position: 2 },
        attempts: 3,
      },
    ]);
  });

  it('gives each attempt, and the dead letter, the event as it was committed', async () => {
    const seen: unknown[] = [];
    const fold: EventAttemptsOptions['fold'] = (event, metadata) => {
      seen.push({ event: { ...(event as object) }, metadata: { ...metadata } });
      Object.assign(event as object, { number: 77 });
      Object.assign(metadata, { position: 78, committedAtUs: 79 });
      throw new Error('after it was changed');
    };
    await run(attempting({ fold }), 2);
    const event = { event: { number: 2 }, metadata: { position: 2, committedAtUs: 2000 } };
    expect(seen).toEqual([event, event, event]);
    expect(letterFile().letters).toMatchObject([{ position: 2, committedAtUs: 2000, event: { number: 2 } }]);
    expect(handled).toEqual([2]);
  });

  it('does not take another event that has the position by the next attempt', async () => {
    throwing.set(2, 1);
    const metadata = { position: 2, committedAtUs: 77 } as EventMetadata;
    const attempts = attempting({ readEvent: () => ({ stream: 's', payload: {}, metadata }) });
    await expect(run(attempts, 2)).rejects.toThrow('another event has position 2');
    expect(tried).toEqual([2]);
    expect(deadLetters.letters).toEqual([]);
  });

  it('does not try what is in the dead letters, unless it is another event by now', async () => {
    deadLetters.add(letterAt(2));
    deadLetters.add(letterAt(3, 77));
    await run(attempting(), 1, 2, 3);
    expect(tried).toEqual([1, 3]);
    expect(handled).toEqual([1, 2, 3]);
  });

  it('ends with the error at once to retry in a new process, and after all attempts to pause', async () => {
    throwing.set(1, Infinity);
    const retrying = attempting({ rules: { onFailure: 'retry', attempts: 3 } });
    await expect(run(retrying, 1)).rejects.toThrow('too much');
    expect(tried).toEqual([1]);
    const pausing = attempting({ rules: { onFailure: 'pause', attempts: 3 } });
    await expect(run(pausing, 1)).rejects.toThrow('too much');
    expect(tried).toEqual([1, 1, 1, 1]);
    expect(handled).toEqual([]);
  });

  it('does not wait for the next attempt when it is stopped', async () => {
    throwing.set(1, Infinity);
    const stopping = new AbortController();
    const retry = { initialDelayMs: 60_000, factor: 1, maxDelayMs: 60_000 };
    const running = run(attempting({ retry, signal: stopping.signal }), 1);
    stopping.abort();
    await expect(running).rejects.toThrow('too much');
    expect(deadLetters.letters).toEqual([]);
  });

  it('skips a condemned event without another attempt', async () => {
    const error = { message: 'its process was ended by SIGSEGV', position: 2 };
    await run(attempting({ condemned: { position: 2, attempts: 3, error } }), 1, 2, 3);
    expect(tried).toEqual([1, 3]);
    expect(deadLetters.letters).toMatchObject([{ position: 2, event: { number: 2 }, attempts: 3, error }]);
  });

  it('announces as many events as it is told, each before it is tried', async () => {
    const seen: [announced: number, tried: number][] = [];
    const announce = (position: number): Promise<void> => {
      seen.push([position, tried.length]);
      return Promise.resolve();
    };
    await run(attempting({ announcedEvents: 2, announce }), 1, 2, 3);
    expect(seen).toEqual([
      [1, 0],
      [2, 1],
    ]);
    expect(tried).toEqual([1, 2, 3]);
  });

  it('takes no more dead letters than there may be', async () => {
    const letters = Array.from({ length: maxDeadLetters }, (_, index) => letterAt(index + 1));
    // Adding them one by one would sync a thousand times.
    Object.assign(deadLetters, { held: new Map(letters.map((letter) => [letter.position, letter])) });
    throwing.set(maxDeadLetters + 1, Infinity);
    await expect(run(attempting(), maxDeadLetters + 1)).rejects.toMatchObject({ code: 'DEAD_LETTERS_FULL' });
    expect(handled).toEqual([]);
  });
});
