/**
 * The first or last `count` events that a predicate accepts, found once, when they are first needed. Keeps their
 * positions, as many as were requested and no more.
 */
import { ListedPositions, type PositionSequence, ReversedPositions } from '../storage/position-sequence.ts';
import { EventCursor, type EventSelection } from './event-cursor.ts';

export interface PickOrder {
  readonly count: number;
  readonly from: 'start' | 'end';
}

/** Returns the positions of the picked events that lie within `first..last`, ascending. */
export type PickedEvents = (first: number, last: number) => PositionSequence;

/** Picks from a selection in ascending order, which is requested when it is needed. */
export function pickEvents(selection: () => EventSelection, order: PickOrder): PickedEvents {
  let picked: readonly number[] | undefined;
  return (first, last) => {
    picked ??= findEvents(selection(), order);
    return new ListedPositions(picked.filter((position) => position >= first && position <= last));
  };
}

function findEvents(selection: EventSelection, { count, from }: PickOrder): readonly number[] {
  const isFromEnd = from === 'end';
  const positions = isFromEnd ? new ReversedPositions(selection.positions) : selection.positions;
  const cursor = new EventCursor({ ...selection, positions });
  const found: number[] = [];
  while (found.length < count && cursor.advance()) found.push(cursor.position);
  return isFromEnd ? found.toReversed() : found;
}
