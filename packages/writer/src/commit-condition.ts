/**
 * The condition under which a commit is accepted: that no event matches a query behind some position. It is what the
 * writer decided upon, said as a query; see docs/conditions.md.
 */
import { ConditionFailedError, type EventQuery, VarveError } from '@varve/core';
import { checkAfter, checkQuery, firstMatch, type ReadableStorage } from '@varve/core/internal';

export interface CommitCondition {
  /** No event may match this. */
  readonly failIfEventsMatch: EventQuery;
  /** Events up to this position do not count: they were seen when the commit was decided upon. @default 0 */
  readonly after?: number;
}

/** An argument of `commit`, told from metadata by its one key. */
export interface ConditionArgument {
  readonly condition: CommitCondition;
}

/** Whether the object is a condition: it has the one key `condition`, and in it `failIfEventsMatch`. */
export function isConditionArgument(value: object): value is ConditionArgument {
  if (!('condition' in value) || Object.keys(value).length !== 1) return false;
  const { condition } = value;
  return typeof condition === 'object' && condition !== null && 'failIfEventsMatch' in condition;
}

/** Throws `CONDITION_FAILED` when an event matches; all that were committed count, written or not. */
export function assertCondition(storage: ReadableStorage, last: number, condition: CommitCondition): void {
  const unknown = Object.keys(condition).find((key) => key !== 'failIfEventsMatch' && key !== 'after');
  if (unknown !== undefined) {
    throw new VarveError('INVALID_QUERY', `A condition has no property ${JSON.stringify(unknown)}.`, {
      found: unknown,
      hint: 'It has `failIfEventsMatch`, a query, and `after`, a position.',
    });
  }
  const after = checkAfter(condition.after);
  const found = firstMatch(storage, checkQuery(condition.failIfEventsMatch), { after, last });
  if (found !== undefined) throw new ConditionFailedError(found, after);
}
