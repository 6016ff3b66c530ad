import { EventStore } from '@varve/writer';

process.env.EVENT_STORE_HMAC_SECRET = 'a strong, random secret';
for (const round of [1, 2]) {
  // #region sample
  const eventstore = new EventStore('my-event-store', {
    storageConfig: {
      hmacSecret: process.env.EVENT_STORE_HMAC_SECRET,
    },
  });
  // #endregion
  if (round === 1) eventstore.createStream('my-projection-stream', (event) => event.type === 'FooHappened');
  eventstore.commit('my-stream', [{ type: 'FooHappened' }, { type: 'BazHappened' }]);
  console.log(eventstore.getStreamVersion('my-projection-stream'));
  await eventstore.close();
}
