/** Replays of dead letters that end halfway: whatever was saved, each letter is in the state once, or still a letter. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeFileSystem, ReadOnlyEventStore } from '@varve/core';
import { ConsumerFile } from '@varve/core/internal';
import { EventStore } from '@varve/writer';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DeadLetterFile } from '../dead-letters/dead-letter-file.ts';
import { defineProjection, type Projection } from '../projection/projection.ts';
import { finishReplay, type Replay, replayDeadLetters } from './replay.ts';

const projection = defineProjection<readonly number[]>({
  name: 'list',
  stream: '_all',
  initialState: [],
  on: { Added: (list, event) => [...list, (event as { number: number }).number] },
}) as Projection;

let storageDirectory: string;
let store: ReadOnlyEventStore;

beforeEach(async () => {
  storageDirectory = mkdtempSync(join(tmpdir(), 'varve-replay-'));
  const writer = await EventStore.open('store', { storageDirectory });
  for (const number of [1, 2, 3]) await writer.commit('s', { type: 'Added', number }).flushed;
  await writer.close();
  store = await ReadOnlyEventStore.open('store', { storageDirectory });
});

afterEach(async () => {
  await store.close();
  rmSync(storageDirectory, { recursive: true });
});

function stateFile(): ConsumerFile {
  const storeId = store.storage.description.id;
  const directory = store.storage.consumerDirectory;
  return new ConsumerFile({ fileSystem: nodeFileSystem, directory, storeId, source: '_all', consumerId: 'list' });
}

function state(): unknown {
  return stateFile().load()?.state;
}

function save(position: number, state: readonly number[]): void {
  const file = stateFile();
  file.acquire();
  file.load();
  file.save({ position, epoch: 1, frameChecksum: 1, state }, false);
  file.release();
}

/** The replay of a worker that begins now. */
function replay(): Replay {
  const storeId = store.storage.description.id;
  const stateDirectory = store.storage.consumerDirectory;
  const deadLetters = new DeadLetterFile({ fileSystem: nodeFileSystem, stateDirectory, storeId, projection, part: 0 });
  return { store, projection, part: 0, deadLetters };
}

function addLetter(position: number): void {
  const { committedAtUs } = store.readEvent(position).metadata;
  const error = { message: 'no' };
  replay().deadLetters.add({
    position,
    committedAtUs,
    eventType: 'Added',
    event: {},
    error,
    attempts: 1,
    skippedAtUs: 1,
  });
}

function letters(): number[] {
  return replay().deadLetters.letters.map(({ position }) => position);
}

it('handles letters behind the saved state, and lets those before it come in their turn', () => {
  save(2, [1]);
  addLetter(2);
  addLetter(3);
  expect(replayDeadLetters(replay())).toEqual({ replayed: [2, 3], failed: [] });
  expect(state()).toEqual([1, 2]);
  expect(letters()).toEqual([]);
});

it('is undone when the process ended before the state was saved', () => {
  save(3, [1, 3]);
  addLetter(2);
  const { deadLetters } = replay();
  deadLetters.intend({ positions: [2], sequence: stateFileSequence() + 1 });
  finishReplay(replay());
  expect(letters()).toEqual([2]);
  expect(replay().deadLetters.intent).toBeUndefined();
  expect(state()).toEqual([1, 3]);
});

it('is finished when the process ended after the state was saved', () => {
  save(3, [1, 3]);
  addLetter(2);
  const { deadLetters } = replay();
  deadLetters.intend({ positions: [2], sequence: stateFileSequence() + 1 });
  save(3, [1, 3, 2]);
  finishReplay(replay());
  expect(letters()).toEqual([]);
  expect(state()).toEqual([1, 3, 2]);
});

function stateFileSequence(): number {
  const file = stateFile();
  file.load();
  return file.loadedSequence;
}
