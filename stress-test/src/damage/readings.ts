/**
 * Every way to read a store. Each gives lines, one per event, so that the result of a reader that is behind can be compared: it
 * must be the lines up to its position, and no others.
 */
import type { EventStream, FileSystem, ReadableEventStore, StoredEvent } from '@varve/core';
import { SeededRandom } from '@varve/core/testing';

export interface Line {
  readonly position: number;
  /** Everything that is known of the event. */
  readonly text: string;
}

/** What there is to be read. */
export interface Subject {
  /** Names of write streams. */
  readonly streams: readonly string[];
  readonly derived: readonly string[];
  readonly categories: readonly string[];
  /** Whether the store has indexes of types and of tags. */
  readonly hasTerms: boolean;
  /** Where reading begins: events before it were dropped. */
  readonly first: number;
  /** What consumers saved. */
  readonly saved: readonly SavedState[];
  /** Ids that callers gave to commits, and the positions of these. */
  readonly commitIds: ReadonlyMap<string, number>;
}

/** What a consumer saved beside the store. */
export interface SavedState {
  readonly name: string;
  /** The file that it is in. */
  readonly path: string;
  /** A line for each time that it was saved, the last time last. */
  readonly lines: readonly Line[];
  /** One line, or none when nothing was saved. */
  read(fileSystem: FileSystem): Line[];
}

export interface Reading {
  readonly name: string;
  /** The reading whose last two lines this one gives; undefined when it gives all lines of its own. */
  readonly endOf?: string;
  /** The derived stream that it reads. */
  readonly derived?: string;
  /** The file of the saved state that it reads: any one of the state's lines is right, whatever the store shows. */
  readonly saved?: string;
  read(store: ReadableEventStore, fileSystem: FileSystem): Line[];
}

export function readingsOf({ streams, derived, categories, hasTerms, first, saved }: Subject): Reading[] {
  const all = [...streams, ...derived];
  return [
    { name: 'all', read: (store) => linesOf(store.getAllEvents(first)) },
    { name: 'all, backwards', read: (store) => linesOf(store.getAllEvents(first).backwards()).toReversed() },
    { name: 'one by one', read: (store) => readOneByOne(store, first) },
    { name: 'NDJSON', read: (store) => readNdjson(store.getAllEvents(first)) },
    ...all.flatMap((name) => [
      {
        name: `stream ${name}`,
        ...(derived.includes(name) ? { derived: name } : {}),
        read: (store: ReadableEventStore) => readStream(store, name, first),
      },
      {
        name: `stream ${name}, last two`,
        endOf: `stream ${name}`,
        ...(derived.includes(name) ? { derived: name } : {}),
        read: (store: ReadableEventStore) => readEnd(store, name, first),
      },
    ]),
    { name: 'joined', read: (store) => sorted(withoutDropped(store.getJoinedStream('joined', all), first)) },
    ...categories.map((name) => ({
      name: `category ${name}`,
      read: (store: ReadableEventStore) => withoutDropped(store.getEventStreamForCategory(name), first),
    })),
    { name: 'names', read: (store) => readNames(store, first) },
    ...(hasTerms ? termReadings(first) : []),
    ...saved.map((each) => ({
      name: each.name,
      saved: each.path,
      read: (_store: ReadableEventStore, fileSystem: FileSystem) => each.read(fileSystem),
    })),
  ];
}

/** The events of the store, by queries for their types and tags. */
function termReadings(first: number): Reading[] {
  const query = (name: string, item: { readonly types?: readonly string[]; readonly tags?: readonly string[] }) => ({
    name: `query ${name}`,
    read: (store: ReadableEventStore) => withoutDropped(store.query({ items: [item] }), first),
  });
  return [
    query('type', { types: ['Moved'] }),
    query('tag', { tags: ['odd'] }),
    query('both', { types: ['Named'], tags: ['odd', 'mod-1'] }),
  ];
}

function readStream(store: ReadableEventStore, name: string, first: number): Line[] {
  const stream = store.getEventStream(name);
  const lines = withoutDropped(stream, first);
  // A stream that claims to have more events than it gives is a wrong answer, too.
  const left = Array.from({ length: stream.length }, (_, index) => stream.positionAt(index)!).filter(
    (at) => at >= first,
  );
  if (left.join() !== lines.map(({ position }) => position).join()) {
    throw new Error(`The stream ${name} has the positions ${left.join()}, and gives others`);
  }
  if (store.getStreamVersion(name) !== stream.version) throw new Error(`The stream ${name} has two versions`);
  return lines;
}

/** By versions counted from the end: the last two events at most of what `readStream` gives. */
function readEnd(store: ReadableEventStore, name: string, first: number): Line[] {
  return withoutDropped(store.getEventStream(name, -2, -1), first);
}

function withoutDropped(stream: EventStream, first: number): Line[] {
  return linesOf(stream.fromPosition(first));
}

function readOneByOne(store: ReadableEventStore, first: number): Line[] {
  const positions = Array.from({ length: store.position - first + 1 }, (_, index) => first + index);
  const random = new SeededRandom(positions.length);
  for (let index = positions.length - 1; index > 0; index--) {
    const other = random.below(index + 1);
    [positions[index], positions[other]] = [positions[other]!, positions[index]!];
  }
  return sorted(positions.map((position) => lineOf(store.readEvent(position))));
}

/** Which streams there are, each at the position of its first event. */
function readNames(store: ReadableEventStore, first: number): Line[] {
  const names = store.streamNames().map((name) => {
    const stream = store.getEventStream(name);
    const text = JSON.stringify([name, store.hasStream(name), store.getStreamMetadata(name)]);
    return { position: stream.positionAt(0) ?? Infinity, text };
  });
  return sorted(names.filter(({ position }) => position >= first));
}

function readNdjson(stream: EventStream): Line[] {
  const readable = stream.toNdjson({ metadata: true });
  let failure: Error | undefined;
  readable.on('error', (error) => (failure = error));
  const chunks: Buffer[] = [];
  // Everything is read at once: a `Readable` with a synchronous source gives it without a turn of the event loop.
  for (let chunk = readable.read() as Buffer | null; chunk !== null; chunk = readable.read() as Buffer | null) {
    chunks.push(chunk);
  }
  failure ??= readable.errored ?? undefined;
  if (failure !== undefined) throw failure;
  const lines = Buffer.concat(chunks).toString('utf8').split('\n').slice(0, -1);
  return lines.map((text) => {
    const { stream: name, payload, metadata } = JSON.parse(text) as StoredEvent;
    return lineOf({ stream: name, payload, metadata });
  });
}

function linesOf(stream: EventStream): Line[] {
  return [...stream.stored()].map(lineOf);
}

function lineOf({ stream, payload, metadata }: StoredEvent): Line {
  return { position: metadata.position, text: JSON.stringify([stream, payload, metadata]) };
}

function sorted(lines: Line[]): Line[] {
  return lines.sort((left, right) => left.position - right.position);
}
