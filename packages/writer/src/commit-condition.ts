/**
 * The condition under which a commit is accepted: no event after some position matches a query. The query describes the events
 * on which the decision to commit was based; see docs/conditions.md.
 */
import { ConditionFailedError, type EventQuery, VarveError } from '@varve/core';
import { checkAfter, checkQuery, firstMatch, type ReadableStorage } from '@varve/core/internal';

export interface CommitCondition {
  /** No event may match this. */
  readonly failIfEventsMatch: EventQuery;
  /** Events up to this position do not count: they were seen when the commit was decided upon. @default 0 */
  readonly after?: number;
}

/** An argument of `commit`, distinguished from metadata by its one key. */
export interface ConditionArgument {
  readonly condition: CommitCondition;
}

/** Whether the object is a condition: it has the one key `condition`, and in it `failIfEventsMatch`. */
export function isConditionArgument(value: object): value is ConditionArgument {
  return hasCondition(value) && Object.keys(value).length === 1;
}

/** Whether there is a condition in the object, whatever else is in it. */
export function hasCondition(value: object): value is ConditionArgument {
  if (!('condition' in value)) return false;
  const { condition } = value;
  return typeof condition === 'object' && condition !== null && 'failIfEventsMatch' in condition;
}

/** A copy of the condition that nobody else can change. Throws `INVALID_QUERY`. */
export function conditionIn({ condition }: ConditionArgument): Required<CommitCondition> {
  const unknown = Object.keys(condition).find((key) => key !== 'failIfEventsMatch' && key !== 'after');
  if (unknown !== undefined) {
    throw new VarveError('INVALID_QUERY', `A condition has no property ${JSON.stringify(unknown)}.`, {
      found: unknown,
      hint: 'It has `failIfEventsMatch`, a query, and `after`, a position.',
    });
  }
  return { failIfEventsMatch: checkQuery(condition.failIfEventsMatch), after: checkAfter(condition.after) };
}

/** Throws `CONDITION_FAILED` when an event matches; all committed events count, written or not. */
export function assertCondition(
  storage: ReadableStorage,
  last: number,
  { failIfEventsMatch, after }: Required<CommitCondition>,
): void {
  const found = firstMatch(storage, failIfEventsMatch, { after, last });
  if (found !== undefined) throw new ConditionFailedError(found, after);
}
