/**
 * The oracle: opens a damaged store as a reader and as a writer, and reads it in every way. What comes must be right, or be
 * an error of Varve's that names the file; a reader may be behind, and then shows what comes first and nothing else. Anything
 * else throws `WrongAnswer`.
 */
import { type ReadableEventStore, VarveError } from '@varve/core';
import { ManualClock } from '@varve/core/testing';
import type { EventStore } from '@varve/writer';
import type { Line, Reading } from './readings.ts';
import { eventAt, openReader, openWriter, type Specimen } from './specimens.ts';
import { type Files, StoreFiles } from './store-files.ts';

/** What came of a damaged store. */
export type Verdict = 'right' | 'behind' | 'error' | 'refused' | 'rebuilt';

export class WrongAnswer extends Error {
  override readonly name = 'WrongAnswer';
}

export interface Examination {
  readonly verdict: Verdict;
  /** The first error, when there was one. */
  readonly error?: VarveError;
}

/** Files that say nothing to those who read: a refused writer may leave a note of itself. */
const mayChange = /\/(writer\.(lock|json)(\.tmp)?|recovered(\/.*)?)$/;

/** How long a reader that is kept from going on waits until it says so, and more. */
const patienceMs = 12_000;

/** Files of a specimen of which one is damaged. */
export interface Damage {
  readonly specimen: Specimen;
  readonly path: string;
  readonly files: Files;
}

export function examineReader(damage: Damage, readings = damage.specimen.readings): Examination {
  const { specimen, files } = damage;
  const clock = new ManualClock();
  const fileSystem = new StoreFiles(files);
  const opened = attempt(() => openReader(specimen, fileSystem, clock));
  if (opened.error !== undefined) return { verdict: 'refused', error: opened.error };
  const reader = opened.value!;
  try {
    const limit = reader.position;
    let error = readAll(reader, specimen, readings, limit);
    if (fileSystem.changedPaths.length > 0) throw new WrongAnswer(`A reader wrote ${fileSystem.changedPaths.join()}`);
    if (error !== undefined) return { verdict: 'error', error };
    if (limit === specimen.last) return { verdict: 'right' };
    reader.on('error', (reported) => (error ??= reported as VarveError));
    clock.advance(patienceMs);
    if (reader.position > specimen.last) throw new WrongAnswer(`The reader is at ${reader.position}`);
    return error === undefined ? { verdict: 'behind' } : { verdict: 'behind', error };
  } finally {
    void reader.close();
  }
}

export function examineWriter(damage: Damage, readings = damage.specimen.readings): Examination {
  const { specimen, files } = damage;
  const fileSystem = new StoreFiles(files);
  const clock = new ManualClock(1_800_000_000_000_000);
  const opened = attempt(() => openWriter(specimen, fileSystem, clock));
  if (opened.error !== undefined) {
    const changed = fileSystem.changedPaths.some((path) => !mayChange.test(path));
    if (changed) assertRestorable(damage, fileSystem.contents, readings);
    return { verdict: 'refused', error: opened.error };
  }
  const store = opened.value!;
  const limit = store.position;
  try {
    if (limit < specimen.durable) {
      throw new WrongAnswer(`The writer has ${limit} of ${specimen.durable} durable events`);
    }
    const error = readAll(store, specimen, readings, limit);
    if (error !== undefined) return mend(store, specimen, readings, error);
    goOn(store, specimen, readings, limit);
  } finally {
    store.storage.close();
  }
  // What was committed behind the damage is there for others, and so is all that was there before.
  const reader = openReader(specimen, new StoreFiles(fileSystem.contents), clock);
  const { position } = reader;
  const error = readAll(reader, specimen, [readings[0]!], Math.min(limit, position));
  void reader.close();
  // An entry of the position index is not looked at before its event is asked for, and readers may be behind it.
  if (error === undefined && kindOf(damage.path) === 'position index') return { verdict: 'right' };
  if (position !== limit + 3) {
    throw new WrongAnswer(`A reader is at ${position} of a sound writer's ${limit + 3} events`);
  }
  if (error !== undefined) throw new WrongAnswer(`After a writer found nothing, a reader says: ${error.message}`);
  return { verdict: 'right' };
}

/** A writer that refuses a store, however late, has made nothing worse: with the file as it was, all is there. */
function assertRestorable({ specimen, path }: Damage, left: Files, readings: readonly Reading[]): void {
  const files = new Map(left);
  const original = specimen.files.get(path);
  if (original === undefined) files.delete(path);
  else files.set(path, original);
  const writer = openWriter(specimen, new StoreFiles(files), new ManualClock(1_900_000_000_000_000));
  const { position } = writer;
  const error = readAll(writer, specimen, readings, position);
  writer.storage.close();
  if (error !== undefined) throw new WrongAnswer(`Refused, restored, and then: ${error.message}`);
  if (position < specimen.durable) {
    throw new WrongAnswer(`Refused, restored, and then only ${position} events are there`);
  }
}

/** What `reindex` can make again is right afterwards; the rest stays an error. */
function mend(store: EventStore, specimen: Specimen, readings: readonly Reading[], error: VarveError): Examination {
  const mended = attempt(() => store.storage.reindex(0));
  const after = readAll(store, specimen, readings, store.position);
  if (after === undefined) return { verdict: 'rebuilt', error };
  if (mended.error === undefined) throw new WrongAnswer(`After \`reindex\`: ${after.message}`);
  return { verdict: 'error', error };
}

/** New events get numbers and names of their own, whatever was lost. */
function goOn(store: EventStore, specimen: Specimen, readings: readonly Reading[], limit: number): void {
  const added = [
    { stream: specimen.subject.streams[0]!, event: eventAt(1_000) },
    { stream: 'new-1', event: { type: 'New', [`key${limit}`]: 1, other: [{ deep: true }] } },
    { stream: 'new-2', event: { type: 'Newer', unheard: limit } },
  ];
  for (const { stream, event } of added) store.commit(stream, event);
  store.flush();
  for (const [index, { stream, event }] of added.entries()) {
    const found = store.readEvent(limit + 1 + index);
    if (found.stream === stream && JSON.stringify(found.payload) === JSON.stringify(event)) continue;
    throw new WrongAnswer(`A new event of ${stream} is read as ${JSON.stringify(found)}`);
  }
  for (const name of ['new-1', 'new-2']) {
    if (store.getStreamVersion(name) !== 1) throw new WrongAnswer(`The new stream ${name} is not new`);
  }
  const error = readAll(store, specimen, [readings[0]!], limit);
  if (error !== undefined) throw new WrongAnswer(`After new events: ${error.message}`);
}

/** Reads in all these ways; gives the first error, and throws when what came is wrong. */
function readAll(
  store: ReadableEventStore,
  specimen: Specimen,
  readings: readonly Reading[],
  limit: number,
): VarveError | undefined {
  let first: VarveError | undefined;
  for (const reading of readings) {
    const { value, error } = attempt(() => reading.read(store));
    const { derived } = reading;
    // Who is behind may be behind the making of an index, too.
    if (limit < specimen.last && (error?.code === 'NOT_INDEXED' || isMissing(store, derived))) continue;
    if (error?.code === 'NOT_INDEXED') throw new WrongAnswer(error.message);
    first ??= error;
    if (value === undefined) continue;
    compare(
      specimen,
      reading,
      value.filter(({ position }) => position <= limit),
      limit,
    );
  }
  return first;
}

function isMissing(store: ReadableEventStore, derived: string | undefined): boolean {
  return derived !== undefined && attempt(() => store.hasStream(derived)).value === false;
}

function compare(specimen: Specimen, { name, endOf }: Reading, found: readonly Line[], limit: number): void {
  if (limit > specimen.last) throw new WrongAnswer(`Position ${limit} is shown, of ${specimen.last}`);
  const there = specimen.expected.get(endOf ?? name)!.filter(({ position }) => position <= limit);
  const expected = endOf === undefined ? there : there.slice(-2);
  const index = expected.findIndex(({ text }, at) => found[at]?.text !== text);
  if (index < 0 && found.length === expected.length) return;
  const at = index < 0 ? expected.length : index;
  const texts = [found[at], expected[at]].map((line) => line?.text ?? 'missing').join(', not ');
  throw new WrongAnswer(`${name}: ${found.length} of ${expected.length} events; number ${at} is ${texts}`);
}

/** The result, or an error that Varve throws on purpose and that says where to look; others come out. */
function attempt<Value>(action: () => Value): { readonly value?: Value; readonly error?: VarveError } {
  try {
    return { value: action() };
  } catch (error) {
    if (!(error instanceof VarveError)) throw error;
    if (!errorCodesOfDamage.has(error.code)) throw new WrongAnswer(`${error.code}: ${error.message}`, { cause: error });
    if (error.path === undefined) throw new WrongAnswer(`No file is named: ${error.message}`, { cause: error });
    return { error };
  }
}

const errorCodesOfDamage: ReadonlySet<string> = new Set([
  'CORRUPTION',
  'DIVERGED',
  'NOT_A_STORE',
  'NEWER_FORMAT',
  'WRONG_DIRECTORY',
  'NOT_INDEXED',
  'CONSUMER_STATE',
  'ARCHIVE_MISSING',
  'STORE_MISSING',
  // The description of another store takes other options.
  'INVALID_OPTION',
]);

/** `partitions/000001-shared/00000000000000000000.seg` -> `segment`: what the tables are made of. */
export function kindOf(path: string): string {
  if (path.startsWith('/archive/')) return 'archived segment';
  return kinds.find(([pattern]) => pattern.test(path))?.[1] ?? path.slice(path.lastIndexOf('/') + 1);
}

const kinds: readonly (readonly [RegExp, string])[] = [
  [/\.seg$/, 'segment'],
  [/\/positions-\d+\.idx$/, 'position index'],
  [/\/names-\d+\.idx$/, 'name index'],
  [/-\d+-\d+\.run$/, 'backfill'],
  [/\.run$/, 'index run'],
  [/\.ids$/, 'commit ids'],
  [/\.snapshot$/, 'snapshot'],
  [/\.blob$/, 'blob'],
  [/\.state$/, 'consumer'],
  [/\/consumers\/.*\.json$/, 'note of a consumer'],
];
