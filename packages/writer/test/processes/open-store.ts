/** A process that opens a store, reports how that went, and ends. Arguments: storage directory, name, 'read' or 'write'. */
import { EventStore } from '../../src/index.ts';

const [storageDirectory, name, mode] = process.argv.slice(2);

try {
  const store = new EventStore(name, { storageDirectory: storageDirectory!, readOnly: mode === 'read' });
  process.send!({ position: store.position });
  await store.close();
} catch (error) {
  const { code, hint, path } = error as { code: unknown; hint: unknown; path: unknown };
  process.send!({ code, hint, path });
}
process.disconnect();
