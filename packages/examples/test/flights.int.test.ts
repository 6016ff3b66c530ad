/** The flights job from end to end, with its real processes and few flights: what it finds, and how it ends. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { hasErrorCode } from '@varve/core';
import { EventStore } from '@varve/writer';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommitPlan } from '../src/flights/data/commit-plan.ts';
import { readFlights } from '../src/flights/data/flight.ts';
import { checkEvents } from '../src/flights/results/event-check.ts';
import { storeName } from '../src/flights/store-name.ts';
import { JobProcess } from './job-process.ts';

let temporary: string;

beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'flights-job-'));
});

afterEach(() => {
  rmSync(temporary, { recursive: true });
});

/** The writer's lock is released when its process has ended, and not before. */
async function openWhenFree(storageDirectory: string): Promise<EventStore> {
  for (;;) {
    try {
      return await EventStore.open(storeName, { storageDirectory });
    } catch (error) {
      if (!hasErrorCode(error, 'STORE_LOCKED')) throw error;
      await wait(20);
    }
  }
}

describe('the flights job', () => {
  it('finds no differences, kills or not, and leaves nothing behind', async () => {
    await using job = new JobProcess(['--flights', '500'], temporary);
    expect(await job.end()).toEqual({ end: 0, stderr: '' });
    expect(job.lastLine).toBe('1000 events, 3 projections, 0 differences');
    expect(job.stdout).toMatch(/the projector of busiest-routes was killed with \d+ events handled.*SIGKILL/);
    expect(job.stdout).toMatch(/the writer was killed with \d+ events in the store.*SIGKILL/);
    expect(job.stdout).toMatch(/the writer is back, in another process, and carries on after event \d+/);
    expect(job.stdout).toContain('the supervisor starts the projector of busiest-routes again');
    expect(job.stdout).toMatch(/the projector of busiest-routes is back, in another process/);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('finds the one field in which a projection with a mistake differs', async () => {
    const module = join(import.meta.dirname, 'projections/forgetful-flights-per-day.ts');
    await using job = new JobProcess(['--flights', '100', '--replace', `flights-per-day=${module}`], temporary);
    expect(await job.end()).toEqual({ end: 1, stderr: '' });
    expect(job.stdout).toMatch(/flights-per-day: 2001\/01\/01 miles: \d+ in the projection, \d+ in the plain loop/);
    expect(job.lastLine).toBe('200 events, 3 projections, 1 differences');
  });

  it('ends when a projection fails again and again, and says at which event', async () => {
    const module = join(import.meta.dirname, 'projections/failing-flights-per-day.ts');
    await using job = new JobProcess(['--flights', '100', '--replace', `flights-per-day=${module}`], temporary);
    expect(await job.ended).toBe(1);
    expect(job.stderr).toMatch(/"flights-per-day" failed 5 times in a row.*position 34: Flight 17 is more than/);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('keeps the store where it was told to, and each event in it once', async () => {
    const directory = join(temporary, 'kept');
    await using job = new JobProcess(['--flights', '50', '--directory', directory], temporary);
    expect(await job.end()).toEqual({ end: 0, stderr: '' });
    await using store = await EventStore.open(storeName, { storageDirectory: directory, readOnly: true });
    expect(checkEvents(store, new CommitPlan(readFlights(50)))).toEqual({ events: 100, faults: [] });
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends in order on %s', async (signal, exitCode) => {
    const directory = join(temporary, 'kept');
    await using job = new JobProcess(['--rate', '2000', '--directory', directory], temporary);
    await job.untilPrinted('events written');
    job.signal(signal);
    expect(await job.ended).toBe(exitCode);
    expect(job.stderr).toContain(`Interrupted by ${signal}`);
    // The lock is free at once, because the job waited for the writer. The events in the store are the beginning of the
    // plan.
    await using store = await EventStore.open(storeName, { storageDirectory: directory });
    const written = new CommitPlan(readFlights().slice(0, Math.ceil(store.position / 2)));
    expect(store.position).toBeGreaterThanOrEqual(4000);
    expect(checkEvents(store, written).faults.length).toBe(written.length - store.position);
  });

  it('leaves no process behind when it is killed itself', async () => {
    const directory = join(temporary, 'kept');
    await using job = new JobProcess(['--rate', '2000', '--directory', directory], temporary);
    await job.untilPrinted('events written');
    job.signal('SIGKILL');
    expect(await job.ended).toBe('SIGKILL');
    await using store = await openWhenFree(directory);
    expect(store.position).toBeGreaterThanOrEqual(4000);
  });

  it('gives up when its deadline has passed', async () => {
    await using job = new JobProcess(['--flights', '5000', '--rate', '100', '--deadline', '1'], temporary);
    expect(await job.ended).toBe(1);
    expect(job.stderr).toMatch(/^Not finished after 1 s; .*--deadline/);
    expect(readdirSync(temporary)).toEqual([]);
  });
});

describe('the command line of the flights job', () => {
  it('tells about itself', async () => {
    await using job = new JobProcess(['--help'], temporary);
    expect(await job.ended).toBe(0);
    expect(job.stdout).toMatch(/^Usage: npm start/);
  });

  it('refuses what it does not know, with the usage', async () => {
    await using job = new JobProcess(['--flights', 'many'], temporary);
    expect(await job.ended).toBe(2);
    expect(job.stderr).toMatch(/^--flights must be a whole number.*\n\nUsage/);
    expect(job.stdout).toBe('');
  });

  it('refuses a directory that holds something, and leaves it as it is', async () => {
    const directory = join(temporary, 'kept');
    for (const exitCode of [0, 2]) {
      await using job = new JobProcess(['--flights', '10', '--directory', directory], temporary);
      expect(await job.ended).toBe(exitCode);
    }
    expect(readdirSync(directory)).toEqual([storeName]);
  });

  it.each([
    ['a module that is not there', 'no-such-module.js', /no-such-module.js cannot be loaded/],
    ['a module that exports no projection', join(import.meta.dirname, 'job-process.ts'), /exports no projection/],
    [
      'another projection',
      join(import.meta.dirname, '../dist/flights/projections/busiest-routes.js'),
      /Two projections are named "busiest-routes"/,
    ],
    [
      'a projection of another name',
      join(import.meta.dirname, '../dist/readme/order-totals.js'),
      /The projection flights-per-day was replaced by one named order-totals/,
    ],
  ])('refuses %s in the place of a projection', async (_, module, message) => {
    await using job = new JobProcess(['--flights', '10', '--replace', `flights-per-day=${module}`], temporary);
    expect(await job.ended).toBe(1);
    expect(job.stderr).toMatch(message);
    expect(readdirSync(temporary)).toEqual([]);
  });
});
