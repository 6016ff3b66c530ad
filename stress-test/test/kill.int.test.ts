/** The short form of the kill test, and that it would notice: its check against stores that are not as they should be. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { EventStore } from '@varve/writer';
import { expect, it, onTestFinished } from 'vitest';
import { check } from '../src/kill/check.ts';
import { eventNumbered, maxCommitEvents, streamNames, writeBufferBytes } from '../src/kill/settings.ts';

const seed = 7;
const eventBytes = 100;
const bound = Math.ceil(writeBufferBytes / eventBytes) + maxCommitEvents;

function emptyStore(): EventStore {
  const storageDirectory = mkdtempSync(`${tmpdir()}/varve-stress-`);
  onTestFinished(() => rmSync(storageDirectory, { recursive: true, force: true }));
  return new EventStore('stress', { storageDirectory });
}

function commit(store: EventStore, stream: string, count: number, events = seed): void {
  const first = store.position + 1;
  const last = store.position + count;
  store.commit(
    stream,
    Array.from({ length: count }, (_, index) => eventNumbered(first + index, last, events)),
  );
}

it('finds every loss within the bound, after several kills of the same store', () => {
  const script = fileURLToPath(new URL('../run.sh', import.meta.url));
  const env = { ...process.env, WRITE_DURATION: '0.5', ROUNDS: '3' };
  const { status, stdout, stderr } = spawnSync('bash', [script], { env, encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(stdout.match(/recovered \d+, lost \d+/gu)).toHaveLength(3);
  expect(status).toBe(0);
});

it('accepts a store that has what was flushed, and as much less than was attempted as may be', async () => {
  await using store = emptyStore();
  commit(store, streamNames[0]!, 3);
  commit(store, streamNames[1]!, 2);
  const outcome = check(store, { attempted: 5 + bound, flushed: 5 }, eventBytes, seed);
  expect(outcome).toEqual({ recovered: 5, lost: bound, bound, problems: [] });
});

it('notices what is missing, what is too much, and what is something else', async () => {
  await using store = emptyStore();
  commit(store, streamNames[0]!, 3);
  const problemsOf = (attempted: number, flushed: number): readonly string[] =>
    check(store, { attempted, flushed }, eventBytes, seed).problems;
  expect(problemsOf(3, 4)).toEqual(['4 events were flushed, 3 are there.']);
  expect(problemsOf(4 + bound, 3)).toEqual([`${bound + 1} events are lost, at most ${bound} may be.`]);
  expect(problemsOf(2, 2)).toEqual(['3 events are there, only 2 were attempted.']);
  // The beginning of a commit of four, without its end.
  store.commit(
    streamNames[1]!,
    [4, 5].map((number) => eventNumbered(number, 7, seed)),
  );
  expect(problemsOf(7, 3)).toEqual(['The last commit ends at event 7, but the store at 5.']);
  commit(store, streamNames[1]!, 1, seed + 1);
  expect(problemsOf(7, 3)[0]).toContain('Event 6 is');
  commit(store, 'another stream', 1);
  expect(problemsOf(7, 3)).toContain('The streams have 6 events together, the store 7.');
});
