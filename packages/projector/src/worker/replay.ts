/**
 * Handles the dead letters of a projection again, before its worker follows the stream: each with the function for its
 * type, on the current state, and so after events that were committed later. A letter after the saved position is only
 * removed: its event is handled in its turn.
 *
 * State and letters are two files. An intent in the letters' file names the record number under which the state will be
 * saved. From it, the next worker knows whether the state was saved when a process ends between the two writes.
 */
import type { ReadOnlyEventStore } from '@varve/core';
import { ConsumerFile, deepFreeze } from '@varve/core/internal';
import type { DeadLetter, DeadLetterFile } from '../dead-letters/dead-letter-file.ts';
import { consumerIdOf, type Projection } from '../projection/projection.ts';
import { reportOf } from '../protocol/error-report.ts';
import type { ReplayedLetters } from '../protocol/messages.ts';
import { foldOf } from './fold.ts';

export interface Replay {
  readonly store: ReadOnlyEventStore;
  readonly projection: Projection;
  readonly part: number;
  readonly deadLetters: DeadLetterFile;
}

/** Finishes a replay that an ended process had begun. */
export function finishReplay(replay: Replay): void {
  const { deadLetters } = replay;
  const { intent } = deadLetters;
  if (intent === undefined) return;
  const file = stateFileOf(replay);
  file.load();
  const wasSaved = file.loadedSequence >= intent.sequence;
  deadLetters.remove(new Set(wasSaved ? intent.positions : []));
}

/** Handles all letters again; those that fail again stay, with the new error. */
export function replayDeadLetters(replay: Replay): ReplayedLetters {
  const { deadLetters, projection } = replay;
  const file = stateFileOf(replay);
  file.acquire();
  try {
    const saved = file.load();
    const checkpoint = saved ?? { position: 0, epoch: 0, frameChecksum: 0, state: projection.initialState };
    const notYetHandled = deadLetters.letters.filter(({ position }) => position > checkpoint.position);
    const handled = deadLetters.letters.filter(({ position }) => position <= checkpoint.position);
    const { state, done, failed } = foldAll(replay, handled, checkpoint.state);
    if (done.length > 0) {
      deadLetters.intend({ positions: done, sequence: file.loadedSequence + 1 });
      file.save({ ...checkpoint, state }, true);
    }
    const replayed = [...done, ...notYetHandled.map(({ position }) => position)];
    deadLetters.remove(new Set(replayed));
    for (const letter of failed) deadLetters.add(letter);
    return { replayed, failed: failed.map(({ position }) => position) };
  } finally {
    file.release();
  }
}

interface Folded {
  readonly state: unknown;
  readonly done: readonly number[];
  readonly failed: readonly DeadLetter[];
}

function foldAll({ store, projection, part }: Replay, letters: readonly DeadLetter[], state: unknown): Folded {
  const holder = {
    state: deepFreeze(state),
    setState(next: unknown) {
      this.state = deepFreeze(next);
    },
  };
  const fold = foldOf(projection, holder, part);
  const done: number[] = [];
  const failed: DeadLetter[] = [];
  for (const letter of letters) {
    try {
      const { payload, metadata } = store.readEvent(letter.position);
      if (metadata.committedAtUs !== letter.committedAtUs) throw new Error('another event has its position by now');
      fold(payload, metadata);
      done.push(letter.position);
    } catch (error) {
      failed.push({ ...letter, error: reportOf(error), attempts: letter.attempts + 1 });
    }
  }
  return { state: holder.state, done, failed };
}

function stateFileOf({ store: { storage }, projection, part }: Replay): ConsumerFile {
  return new ConsumerFile({
    fileSystem: storage.options.fileSystem,
    directory: storage.consumerDirectory,
    storeId: storage.description.id,
    source: projection.stream,
    consumerId: consumerIdOf(projection, part),
  });
}
