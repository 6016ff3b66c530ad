import { EventStore } from '@varve/writer';

// The first round makes the stream, the second one comes back to it.
for (const round of [1, 2]) {
  const eventstore = new EventStore('my-event-store');
  // #region sample
  // Explicitly re-supply the matcher — the store verifies it matches
  const stream = eventstore.createEventStream('my-projection-stream', (event) =>
    ['FooHappened', 'BarHappened'].includes(event.type),
  );
  // #endregion
  eventstore.commit('my-stream', [{ type: 'BarHappened' }, { type: 'BazHappened' }]);
  console.log(stream.length, eventstore.getStreamVersion('my-projection-stream'));
  try {
    if (round === 2) eventstore.createEventStream('my-projection-stream', (event) => event.type === 'FooHappened');
  } catch (error) {
    console.log(error.code, error.stream);
  }
  await eventstore.close();
}
