/** What is served of errors; the rest of a dead letter, above all its event, is served unchanged. */
import { expect, it } from 'vitest';
import type { GenerationStatus, WorkerStatus } from '../supervisor/projection-status.ts';
import { servedLetter, servedStatus } from './served-reports.ts';

const error = {
  message: 'it threw',
  stack: 'at /srv/books',
  hint: 'h',
  path: '/srv/books',
  position: 7,
  eventType: 'Paid',
};
const served = { message: 'it threw', position: 7, eventType: 'Paid' };

it('keeps stacks and paths back, and nothing of an event', () => {
  const event = { type: 'Failed', error: { reason: 'no', path: 'a/b' }, lastError: 'text', nested: { error: null } };
  const letter = { position: 7, committedAtUs: 1, eventType: 'Failed', event, error, attempts: 2, skippedAtUs: 3 };
  expect(servedLetter(letter)).toEqual({ ...letter, error: served });
});

const part: WorkerStatus = {
  state: 'running',
  pid: 1,
  position: 7,
  savedPosition: 7,
  coveredPosition: 7,
  lag: { events: 0, ms: 0 },
  isLive: true,
  handledEvents: 7,
  deadLetters: 0,
  lastProgressAt: 1,
  restarts: 1,
  failures: 0,
  lastError: error,
};

it('keeps them back at every place of a status', () => {
  const well = { ...part, lastError: undefined };
  const liveLag = { count: 0, p50Ms: 0, p99Ms: 0, maxMs: 0 };
  const generation: GenerationStatus = { ...part, stream: '_all', version: 1, liveLag, parts: [part, well] };
  const names = { name: 'revenue', liveVersion: 1 };
  const status = { ...generation, ...names, path: '/srv/books/revenue.ts', rebuild: generation };
  const shown = { ...generation, lastError: served, parts: [{ ...part, lastError: served }, well] };
  expect(servedStatus(status)).toEqual({ ...shown, ...names, rebuild: shown });
  expect(servedStatus({ ...status, rebuild: undefined }).rebuild).toBeUndefined();
});
