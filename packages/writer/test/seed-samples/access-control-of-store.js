process.on('uncaughtException', (error) => {
  console.log(error.message);
  // The reading half of the sample's hooks, with the two roles that it knows.
  console.log(eventstore.getEventStream('user-stream').events, eventstore.hasStream('admin-stream'));
  globalContext.authorizedRoles = ['admin'];
  eventstore.commit('admin-stream', [{ type: 'AdminAction' }], 0);
  try {
    console.log(eventstore.getEventStream('user-stream').events);
  } catch (refused) {
    console.log(refused.message);
  }
});

// #region sample
import { EventStore } from '@varve/writer';

const globalContext = { authorizedRoles: ['user'] };

const eventstore = new EventStore('my-event-store', {
  storageDirectory: './data',
  // Called once per stream at creation; result is persisted in the file header
  streamMetadata: (streamName) => ({
    allowedRoles: streamName === 'admin-stream' ? ['admin'] : ['user'],
  }),
});

eventstore.on('ready', () => {
  eventstore.on('preCommit', (event, meta) => {
    if (!meta.allowedRoles.some((r) => globalContext.authorizedRoles.includes(r))) {
      throw new Error('Not authorized to write to this stream');
    }
  });

  eventstore.on('preRead', (position, meta) => {
    if (!meta.allowedRoles.some((r) => globalContext.authorizedRoles.includes(r))) {
      throw new Error('Not authorized to read from this stream');
    }
  });

  // Succeeds — 'user' role is allowed
  eventstore.commit('user-stream', [{ type: 'UserCreated', id: 1 }], 0);

  // Throws — caller does not have 'admin' role
  eventstore.commit('admin-stream', [{ type: 'AdminAction' }], 0);
});
// #endregion
