/**
 * Everything that a reader sees of a store, as text: one line per event, and one per requested stream.
 * `packages/writer/test/golden` produces the same lines from what was committed.
 */
import { inspect } from 'node:util';
import { ReadOnlyEventStore } from '../src/index.ts';

export async function describeStore(
  storageDirectory: string,
  name: string,
  streams: readonly string[],
): Promise<string> {
  const store = await ReadOnlyEventStore.open(name, { storageDirectory, watch: false });
  try {
    const lines = [...store.getAllEvents(store.firstPosition).stored()].map(({ stream, payload, metadata }) => {
      const { commitId, committedAt, committedAtUs, commitVersion, commitSize, streamVersion, position, ...rest } =
        metadata;
      if (committedAt !== Math.floor(committedAtUs / 1000)) throw new Error('Two times of one commit differ');
      const { stream: _, ...own } = rest;
      const place = [position, streamVersion, committedAtUs, commitId, `${commitVersion + 1}/${commitSize}`].join(' ');
      return `${place} ${[stream, payload, own].map(oneLine).join(' ')}`;
    });
    for (const stream of streams) {
      const events = store.getEventStream(stream);
      const positions = Array.from({ length: events.length }, (_, index) => events.positionAt(index));
      lines.push(`${oneLine(stream)}: ${positions.join(' ')}`);
    }
    return `${lines.join('\n')}\n`;
  } finally {
    await store.close();
  }
}

function oneLine(value: unknown): string {
  return inspect(value, { depth: Infinity, breakLength: Infinity, maxArrayLength: null, maxStringLength: null });
}
