/** The examples of docs/conditions.md, run one after the other. Each region is a block of the page. */
import { EventStore } from '@varve/writer';

const storageDirectory = './data';
const store = await EventStore.open('shop', { storageDirectory });

// #region objects
store.createEventStream('big-orders', { type: 'OrderPlaced', total: { $gte: 1000 } });
store.commit('order-1', { type: 'OrderPlaced', total: 1500 });
store.commit('order-2', { type: 'OrderPlaced', total: 20 });
const big = store.getEventStream('big-orders').events;
// #endregion
console.log(big);

// #region metadata
store.createEventStream('annas-orders', { type: 'OrderPlaced' }, { metadata: { user: 'anna' } });
// #endregion

// #region functions
store.createEventStream('foo-or-bar', (event) => ['FooHappened', 'BarHappened'].includes(event.type));
// #endregion

// #region campus
const campus = await EventStore.open('campus', {
  storageDirectory,
  storageConfig: { indexTypes: true, tagsAccessor: 'tags' },
});
// #endregion

// #region query
const subscriptions = { items: [{ types: ['StudentSubscribed'], tags: ['course:c1'] }] };
const taken = campus.query(subscriptions).length;
// #endregion

// #region condition
const seen = campus.position;
if (campus.query(subscriptions).length < 30) {
  campus.commit(
    'course-c1',
    { type: 'StudentSubscribed', tags: ['course:c1', 'student:s1'] },
    { condition: { failIfEventsMatch: subscriptions, after: seen } },
  );
}
// #endregion
console.log(taken, seen, campus.position);

// #region joint
campus.commitAll(
  [
    { stream: 'course-c1', events: { type: 'StudentSubscribed', tags: ['course:c1', 'student:s2'] } },
    { stream: 'student-s2', events: { type: 'FeeCharged', amount: 20 }, expectedVersion: 0 },
    { stream: 'term-closed', expectedVersion: 0 }, // nobody has closed the term
  ],
  { condition: { failIfEventsMatch: subscriptions, after: campus.position } },
);
// #endregion
console.log(campus.query(subscriptions).length, campus.getStreamVersion('student-s2'));
await campus.close();
await store.close();
