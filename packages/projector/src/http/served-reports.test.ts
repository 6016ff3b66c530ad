/** What is served of errors: the rest of a dead letter, its event above all, is served as it is. */
import { expect, it } from 'vitest';
import type { GenerationStatus } from '../supervisor/projection-status.ts';
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

it('keeps them back at every place of a status', () => {
  const part = { state: 'running', lastError: error } as unknown as GenerationStatus;
  const generation = { ...part, parts: [part, { ...part, lastError: undefined }] };
  const status = { ...generation, name: 'revenue', path: '/srv/books/revenue.ts', liveVersion: 1, rebuild: generation };
  const expected = {
    state: 'running',
    lastError: served,
    parts: [
      { state: 'running', lastError: served },
      { state: 'running', lastError: undefined },
    ],
  };
  expect(servedStatus(status)).toEqual({ ...expected, name: 'revenue', liveVersion: 1, rebuild: expected });
  expect(servedStatus({ ...status, rebuild: undefined }).rebuild).toBeUndefined();
});
