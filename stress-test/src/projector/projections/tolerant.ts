/** The sum of all amounts except those that it cannot handle, which become dead letters. */
import { defineProjection } from '@varve/projector';
import { type Added, isPoison } from '../account-events.ts';

export const projection = defineProjection<number, { Added: Added }>({
  name: 'tolerant',
  stream: '_all',
  initialState: 0,
  onFailure: 'skip',
  attempts: 2,
  on: {
    Added(sum, event) {
      if (isPoison(event)) throw new RangeError(`I cannot count ${event.amount}`);
      return sum + event.amount;
    },
  },
});
