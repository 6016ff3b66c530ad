const seen = [];
// #region sample
import { Storage } from '@varve/writer';

const storage = new Storage('events', {
  partitioner: (doc) => doc.stream,
  metadata: (partitionName) => ({
    allowedRoles: partitionName === 'admin' ? ['admin'] : ['user'],
  }),
});

storage.on('preCommit', (document, meta) => {
  /* ... */
  seen.push(`write ${document.stream} ${meta.allowedRoles}`);
});
storage.on('preRead', (position, meta) => {
  /* ... */
  seen.push(`read ${position} ${meta.allowedRoles}`);
});
// #endregion

storage.write({ stream: 'admin', type: 'AdminAction' });
storage.write({ stream: 'someone', type: 'UserCreated' });
storage.ensureIndex('created', (document) => document.type === 'UserCreated');
for (const document of storage.readRange(1, -1, 'created')) seen.push(document.type);
seen.push(storage.read(1).type, storage.partitionNames().join(' '));
console.log(seen.join('\n'));
await storage.close();
