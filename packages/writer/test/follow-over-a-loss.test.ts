/**
 * A follower of a stream from a version on that has got nothing yet begins where that version is by then: not where it would
 * have come in a history that the store has lost meanwhile. It used to give events of earlier versions, or to leave some out.
 */
import { expect, it } from 'vitest';
import { LossyStore, type Numbered, type NumberedCommit, times, turns } from './lost-events.ts';

it.each<[string, NumberedCommit[], NumberedCommit[], number[]]>([
  ['earlier', [...times(5, 'other'), ['s']], times(3, 's'), [3, 4]],
  ['later', [['s']], [...times(5, 'other'), ...times(3, 's')], [8, 9]],
])('follows from a version that comes %s than it would have', async (_, lost, andThen, wanted) => {
  const store = new LossyStore([['s']]);
  store.commit(lost);
  store.reader.storage.poll();
  const numbers: number[] = [];
  const stop = new AbortController();
  const following = (async () => {
    for await (const { payload } of store.reader.follow<Numbered>('s', { from: 3, signal: stop.signal })) {
      numbers.push(payload.number);
    }
  })();
  await turns();
  expect(numbers).toEqual([]);
  store.lose(andThen);
  await turns();
  stop.abort();
  await following;
  expect(numbers).toEqual(wanted);
  await store.close();
});
