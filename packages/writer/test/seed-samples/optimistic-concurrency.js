import { EventStore } from '@varve/writer';

const eventstore = new EventStore('my-event-store', { storageDirectory: './data' });
eventstore.commit('my-stream', [{ amount: 1 }, { amount: 2 }]);

class MyConsistencyModel {
  sum = 0;
  apply(event) {
    this.sum += event.amount;
  }
  handle(payload) {
    return [{ amount: payload, before: this.sum }];
  }
}

// What the API or UI returns, the first time at once, and then after somebody else was quicker.
for (const quicker of [false, true]) {
  const command = { payload: 5, expectedVersion: 0 };
  // #region sample
  const model = new MyConsistencyModel();
  const stream = eventstore.getEventStream('my-stream');
  stream.forEach((event, metadata) => {
    // completed: the callback was cut short
    model.apply(event, metadata);
  });
  const expectedVersion = stream.version;
  // Provide model state and expectedVersion to some state change API or UI that returns a command
  command.expectedVersion = expectedVersion;
  if (quicker) eventstore.commit('my-stream', { amount: 100 });
  // generate new events from the current model, by applying an incoming command
  const events = model.handle(command.payload);
  try {
    // The expectedVersion is supposed to be given back through the command
    eventstore.commit('my-stream', events, command.expectedVersion, () => {
      // completed: the callback was cut short
      console.log('committed', events);
    });
  } catch (e) {
    if (e instanceof EventStore.OptimisticConcurrencyError) {
      // Reattempt command / resolve conflict
      console.log('conflict', e.stream, e.expected, e.found);
    }
  }
  // #endregion
}
console.log(EventStore.ExpectedVersion);
