/** The dead letters of a projection, for its operators. Any process may read them, also while the projection runs. */
import type { ProjectionIdentity } from '../projection/projection.ts';
import { findStatePlace, type ProjectionStatePlace } from '../projection/state-place.ts';
import { type DeadLetter, DeadLetterFile } from './dead-letter-file.ts';

/**
 * The events that the projection skipped because it could not handle them, in the order of their positions.
 *
 * Throws `STORE_MISSING`, `NOT_A_STORE`, `STORE_UNAVAILABLE`, `CONSUMER_STATE` when a file is damaged, `DIVERGED`
 * when it belongs to another store.
 */
export function readDeadLetters(
  projection: ProjectionIdentity,
  place: ProjectionStatePlace = {},
): readonly DeadLetter[] {
  const found = { ...findStatePlace(place), projection };
  const parts = Array.from({ length: projection.parts ?? 1 }, (_, part) => new DeadLetterFile({ ...found, part }));
  // An event whose part could not be determined has a letter in each part: any of them may have to handle it one day.
  const letters = new Map(parts.flatMap((part) => part.letters).map((letter) => [letter.position, letter]));
  return [...letters.values()].sort((left, right) => left.position - right.position);
}
