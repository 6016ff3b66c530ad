/**
 * The events that a projection skipped because it could not handle them: one file per projection and version, next to
 * its state. All letters are one checksummed record, replaced atomically, in the format of a consumer's file. Only the
 * projection's worker writes; any process may read.
 */
import { type FileSystem, VarveError } from '@varve/core';
import { ConsumerFile } from '@varve/core/internal';
import { consumerIdOf, type ProjectionIdentity } from '../projection/projection.ts';
import type { ErrorReport } from '../protocol/error-report.ts';

/** An event that a projection skipped. */
export interface DeadLetter {
  /** The event's position in the store. */
  readonly position: number;
  /** When the event was committed, in microseconds since 1970; distinguishes it from another event that took its position. */
  readonly committedAtUs: number;
  /** The event's type; undefined when the function `eventType` failed. */
  readonly eventType: string | undefined;
  readonly event: unknown;
  /** The error of the last attempt. */
  readonly error: ErrorReport;
  readonly attempts: number;
  /** When the event was skipped, in microseconds since 1970. */
  readonly skippedAtUs: number;
}

/**
 * Letters whose events are being handled again: the state contains them once it has been saved as the record with this
 * number.
 */
export interface ReplayIntent {
  readonly positions: readonly number[];
  readonly sequence: number;
}

/** The contents of the file. */
interface Contents {
  readonly letters: readonly DeadLetter[];
  readonly intent?: ReplayIntent;
}

export interface DeadLetterPlace {
  readonly fileSystem: FileSystem;
  /** The folder of the consumers' saved states. */
  readonly stateDirectory: string;
  readonly storeId: string;
  readonly projection: ProjectionIdentity;
  /** The number of the part of the projection, from 0. */
  readonly part: number;
}

/** The folder of dead letters, within that of the states. */
const folder = 'dead-letters';

/** At this number, events that cannot be handled are no longer exceptions: the projection is paused instead. */
export const maxDeadLetters = 1000;

export class DeadLetterFile {
  private readonly file: ConsumerFile;
  /** By position, ascending. */
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

  /** The letters in the order of their positions. */
  get letters(): readonly DeadLetter[] {
    return [...this.held.values()];
  }

  /** The replay that was under way when the previous process ended. */
  get intent(): ReplayIntent | undefined {
    return this.heldIntent;
  }

  /** The positions of the events, ascending. */
  get positions(): readonly number[] {
    return [...this.held.keys()];
  }

  find(position: number): DeadLetter | undefined {
    return this.held.get(position);
  }

  /** Adds a letter; it is on the medium when this returns. Throws `DEAD_LETTERS_FULL`, and errors of the disk. */
  add(letter: DeadLetter): void {
    const others = this.letters.filter(({ position }) => position !== letter.position);
    if (others.length >= maxDeadLetters) throw this.full();
    this.save({ letters: [...others, letter].sort((left, right) => left.position - right.position) });
  }

  /** Records which letters are about to be replayed. */
  intend(intent: ReplayIntent): void {
    this.save({ letters: this.letters, intent });
  }

  /** Removes these letters, and clears the recorded intent. */
  remove(positions: ReadonlySet<number>): void {
    this.save({ letters: this.letters.filter(({ position }) => !positions.has(position)) });
  }

  private save(contents: Contents): void {
    const position = contents.letters.at(-1)?.position ?? 0;
    // Acquiring creates the folder. The lock excludes no one, because only one worker at a time runs the projection.
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
