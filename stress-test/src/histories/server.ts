/**
 * The writer that serves the clients of a history: commits and reads what they ask for, and answers when that is flushed. Waits
 * with everything loaded until it is told to open the store. Arguments: the storage directory, and the partitioner.
 */
import { EventStore, type PartitionerOption } from '@varve/writer';
import type { CommitInput, Output } from './stream-model.ts';

export interface Request {
  readonly number: number;
  readonly commit?: CommitInput & { readonly after: number };
  /** Streams to read. */
  readonly read?: readonly string[];
}

export interface Answer {
  readonly number: number;
  readonly output: Output;
  /** Position of the last event of the store. */
  readonly position: number;
}

const [storageDirectory, partitioner] = process.argv.slice(2) as [string, PartitionerOption];
let store: EventStore;

// The parent process is gone.
process.on('disconnect', () => process.exit());
process.on('message', (message) => {
  if (message === 'open') void open();
  else void answer(message as Request).then((each) => process.send!(each), fail);
});
process.send!('ready');

async function open(): Promise<void> {
  const storageConfig = { partitioner, indexTypes: true, segmentBytes: 32_768, eventsPerIndexRun: 128 };
  store = await EventStore.open('histories', { storageDirectory, storageConfig });
  process.send!('open');
}

async function answer({ number, commit, read }: Request): Promise<Answer> {
  const output = commit === undefined ? readStreams(read!) : await tryCommit(commit);
  return { number, output, position: store.position };
}

/** What is read must be flushed before anybody learns of it: a version that is only in memory may be lost. */
function readStreams(names: readonly string[]): Output {
  store.flush();
  const idsOf = (name: string): string[] => store.getEventStream<{ id: string }>(name).events.map(({ id }) => id);
  return { kind: 'read', streams: Object.fromEntries(names.map((name) => [name, idsOf(name)])) };
}

async function tryCommit(input: CommitInput & { readonly after: number }): Promise<Output> {
  const { id, type, parts } = input;
  const metadata = { commitId: id };
  const condition = {
    condition: {
      failIfEventsMatch: { items: [{ types: [input.condition?.type ?? 'no such type'] }] },
      after: input.after,
    },
  };
  const requests = parts.map(({ stream, count, expected }) => {
    const events = Array.from({ length: count }, () => ({ type, id }));
    return { stream, events, metadata, ...(expected === undefined ? {} : { expectedVersion: expected }) };
  });
  try {
    const [only] = requests;
    if (requests.length === 1) {
      const expected = only!.expectedVersion ?? EventStore.ExpectedVersion.Any;
      const made = await store.commit(only!.stream, only!.events, condition, expected, metadata).flushed;
      return { kind: 'committed', versions: [made.version], isDuplicate: made.isDuplicate };
    }
    const made = await store.commitAll(requests, condition).flushed;
    return { kind: 'committed', versions: made.parts.map(({ version }) => version), isDuplicate: made.isDuplicate };
  } catch (error) {
    const { code } = error as { code: string };
    if (code !== 'OPTIMISTIC_CONCURRENCY' && code !== 'CONDITION_FAILED') throw error;
    // What was committed before is the reason for the refusal, and must be flushed before anybody learns of it.
    store.flush();
    return { kind: 'refused', code };
  }
}

function fail(error: unknown): never {
  console.error(error);
  process.exit(1);
}
