/**
 * The journal of a system: a stream of the store. Only the one system that is open on the store appends to it;
 * restoring a model reads it.
 */
import { VarveError } from '@varve/core';
import type { Commit, EventStore, JointCommit } from '@varve/writer';
import type { EmittedEvent } from '../commands/command-context.ts';
import type { JournalEvent } from './journal-event.ts';

/** The stream of a system's journal, unless an option names another. */
export function journalStreamOf(systemName: string): string {
  return `prevalence-${systemName}`;
}

/** The open journals of each store. */
const openJournals = new WeakMap<EventStore, Set<string>>();

export class Journal {
  readonly stream: string;
  private readonly store: EventStore;
  /** The number of events in the stream: the version that the next commit expects. */
  version = 0;

  /** Throws `SYSTEM_IN_USE` when a system of this process already has the journal open. */
  constructor(store: EventStore, stream: string) {
    this.store = store;
    this.stream = stream;
    const open = openJournals.get(store) ?? new Set<string>();
    if (open.has(stream)) throw inUse(store.directory, stream);
    openJournals.set(store, open.add(stream));
  }

  close(): void {
    openJournals.get(this.store)?.delete(this.stream);
  }

  /** Appends an event, and commits the emitted events with it. Throws what a commit throws, with nothing written. */
  append(event: JournalEvent, emitted: readonly EmittedEvent[] | undefined): Commit | JointCommit {
    const { store, stream, version } = this;
    const commit =
      emitted === undefined
        ? store.commit(stream, event, version)
        : store.commitAll([{ stream, events: [event], expectedVersion: version }, ...byStream(emitted)]);
    this.version++;
    return commit;
  }
}

/** Groups the events by stream, in the order of each stream's first event: a commit names each stream once. */
function byStream(emitted: readonly EmittedEvent[]): { stream: string; events: object[] }[] {
  const streams = new Map<string, object[]>();
  for (const { stream, event } of emitted) streams.set(stream, [...(streams.get(stream) ?? []), event]);
  return [...streams].map(([stream, events]) => ({ stream, events }));
}

function inUse(path: string, stream: string): VarveError {
  return new VarveError('SYSTEM_IN_USE', `The journal ${JSON.stringify(stream)} of ${path} is open in this process.`, {
    path,
    stream,
    hint: 'Use the system that is open, close it first, or give this one a name or journal of its own.',
  });
}
