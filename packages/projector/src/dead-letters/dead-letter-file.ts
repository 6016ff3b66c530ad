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
  private held: ReadonlyMap<number, DeadLetter>;

  /** Reads the file. Throws `CONSUMER_STATE` when it is damaged, `DIVERGED` when it belongs to another store. */
  constructor({ fileSystem, stateDirectory, storeId, projection, part }: DeadLetterPlace) {
    this.file = new ConsumerFile({
      fileSystem,
      directory: `${stateDirectory}/${folder}`,
      storeId,
      stream: projection.stream,
      consumerId: consumerIdOf(projection, part),
    });
    this.held = this.load();
  }

  /** In the order of their positions. */
  get letters(): readonly DeadLetter[] {
    return [...this.held.values()];
  }

  get count(): number {
    return this.held.size;
  }

  find(position: number): DeadLetter | undefined {
    return this.held.get(position);
  }

  /** Adds a letter; it is on the medium when this returns. Throws `DEAD_LETTERS_FULL`, and what the disk does. */
  add(letter: DeadLetter): void {
    const others = this.letters.filter(({ position }) => position !== letter.position);
    if (others.length >= maxDeadLetters) throw this.full();
    this.save([...others, letter].sort((left, right) => left.position - right.position));
  }

  /** Takes these letters out. */
  remove(positions: ReadonlySet<number>): void {
    this.save(this.letters.filter(({ position }) => !positions.has(position)));
  }

  private load(): ReadonlyMap<number, DeadLetter> {
    const saved = (this.file.load()?.state ?? []) as readonly DeadLetter[];
    return byPosition(saved);
  }

  private save(letters: readonly DeadLetter[]): void {
    const position = letters.at(-1)?.position ?? 0;
    // The lock keeps out nobody else: one worker at a time has the projection. It makes the folder.
    this.file.acquire();
    try {
      this.file.save({ position, epoch: 0, frameChecksum: 0, state: letters }, true);
    } finally {
      this.file.release();
    }
    this.held = byPosition(letters);
  }

  private full(): VarveError {
    return new VarveError('DEAD_LETTERS_FULL', `There are ${maxDeadLetters} dead letters in ${this.file.path}.`, {
      path: this.file.path,
      hint: 'Mend the projection and replay them, or raise its version to build its state anew.',
    });
  }
}

function byPosition(letters: readonly DeadLetter[]): ReadonlyMap<number, DeadLetter> {
  return new Map(letters.map((letter) => [letter.position, letter]));
}
