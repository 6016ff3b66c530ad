/**
 * The events that a projection skipped, because it could not handle them: one file for each projection and version,
 * beside its state. All letters are one checksummed record, replaced atomically, in the format of a consumer's file.
 * Only the projection's worker writes; any process may read.
 */
import { type FileSystem, VarveError } from '@varve/core';
import { ConsumerFile } from '@varve/core/internal';
import { consumerIdOf, type ProjectionIdentity } from '../projection/projection.ts';
import type { ErrorReport } from '../protocol/error-report.ts';

/** An event that a projection skipped. */
export interface DeadLetter {
  /** Position of the event in the store. */
  readonly position: number;
  /** When it was committed, in microseconds since 1970: tells it from another event that took its position. */
  readonly committedAtUs: number;
  /** Type of the event; undefined when the function `eventType` failed. */
  readonly eventType: string | undefined;
  readonly event: unknown;
  /** Why the last attempt failed. */
  readonly error: ErrorReport;
  readonly attempts: number;
  /** When it was given up, in microseconds since 1970. */
  readonly skippedAtUs: number;
}

/** Letters that are being handled again: they are in the state once it has been saved as the record with this number. */
export interface ReplayIntent {
  readonly positions: readonly number[];
  readonly sequence: number;
}

/** What the file holds. */
interface Contents {
  readonly letters: readonly DeadLetter[];
  readonly intent?: ReplayIntent;
}

export interface DeadLetterPlace {
  readonly fileSystem: FileSystem;
  /** Folder of the consumers' saved states. */
  readonly stateDirectory: string;
  readonly storeId: string;
  readonly projection: ProjectionIdentity;
  /** Number of the part of the projection, from 0. */
  readonly part: number;
}

/** Folder of dead letters, in that of the states. */
const folder = 'dead-letters';

/** So many events that cannot be handled are no exceptions any more: the projection is paused instead. */
export const maxDeadLetters = 1000;

export class DeadLetterFile {
  private readonly file: ConsumerFile;
  /** By position, in ascending order. */
  private held: ReadonlyMap<number, DeadLetter> = new Map();
  private heldIntent: ReplayIntent | undefined;

  /** Reads the file. Throws `CONSUMER_STATE` when it is damaged, `DIVERGED` when it belongs to another store. */
  constructor({ fileSystem, stateDirectory, storeId, projection, part }: DeadLetterPlace) {
    this.file = new ConsumerFile({
      fileSystem,
      directory: `${stateDirectory}/${folder}`,
      storeId,
      source: projection.stream,
      consumerId: consumerIdOf(projection, part),
      holds: 'dead letters',
    });
    const saved = this.file.load()?.state as Contents | undefined;
    if (saved !== undefined) this.hold(saved);
  }

  /** In the order of their positions. */
  get letters(): readonly DeadLetter[] {
    return [...this.held.values()];
  }

  /** What was being done when the process before this one ended. */
  get intent(): ReplayIntent | undefined {
    return this.heldIntent;
  }

  /** Where its events are, in ascending order. */
  get positions(): readonly number[] {
    return [...this.held.keys()];
  }

  find(position: number): DeadLetter | undefined {
    return this.held.get(position);
  }

  /** Adds a letter; it is on the medium when this returns. Throws `DEAD_LETTERS_FULL`, and what the disk does. */
  add(letter: DeadLetter): void {
    const others = this.letters.filter(({ position }) => position !== letter.position);
    if (others.length >= maxDeadLetters) throw this.full();
    this.save({ letters: [...others, letter].sort((left, right) => left.position - right.position) });
  }

  /** Notes what is about to be done with letters. */
  intend(intent: ReplayIntent): void {
    this.save({ letters: this.letters, intent });
  }

  /** Takes these letters out, and forgets what was intended. */
  remove(positions: ReadonlySet<number>): void {
    this.save({ letters: this.letters.filter(({ position }) => !positions.has(position)) });
  }

  private save(contents: Contents): void {
    const position = contents.letters.at(-1)?.position ?? 0;
    // The lock keeps out nobody else: one worker at a time has the projection. It makes the folder.
    this.file.acquire();
    try {
      this.file.save({ position, epoch: 0, frameChecksum: 0, state: contents }, true);
    } finally {
      this.file.release();
    }
    this.hold(contents);
  }

  private hold({ letters, intent }: Contents): void {
    this.held = new Map(letters.map((letter) => [letter.position, letter]));
    this.heldIntent = intent;
  }

  private full(): VarveError {
    return new VarveError('DEAD_LETTERS_FULL', `There are ${maxDeadLetters} dead letters in ${this.file.path}.`, {
      path: this.file.path,
      hint: 'Mend the projection and replay them, or raise its version to build its state anew.',
    });
  }
}
