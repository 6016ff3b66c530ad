/**
 * Opens a damaged store as a reader and as a writer, and reads it in several ways. Every result must be right, or an error that
 * names the file (see `oracle.ts`); a reader may be behind, and then shows the beginning and nothing else.
 */
import type { VarveError } from '@varve/core';
import { ManualClock } from '@varve/core/testing';
import type { EventStore } from '@varve/writer';
import { kindOf } from './file-kinds.ts';
import { attempt, type Damage, readAll, WrongAnswer } from './oracle.ts';
import type { Reading } from './readings.ts';
import { eventAt, openReader, openWriter, type Specimen } from './specimens.ts';
import { type CaseFiles, type ChangedFile, type Files, StoreFiles } from './store-files.ts';

/** The outcome for a damaged store. */
export type Verdict = 'right' | 'behind' | 'error' | 'refused' | 'rebuilt';

export interface Examination {
  readonly verdict: Verdict;
  /** The first error, when there was one. */
  readonly error?: VarveError;
}

/** Where the files of a case are, and how much of it is examined. */
export interface Effort {
  readonly readings: readonly Reading[];
  /** Whether a writer that finds nothing wrong goes on, and another reader reads what it leaves. */
  readonly goesOn: boolean;
  /** Begins with these files, of which one is changed. */
  readonly begin: (files: Files, changed?: ChangedFile) => CaseFiles;
}

/** Files that mean nothing to readers: a refused writer may leave a note of itself. */
const mayChange = /\/(writer\.(lock|json)(\.tmp)?|recovered(\/.*)?)$/;

/** More than the time that a reader which cannot go on waits before it says so. */
const patienceMs = 12_000;

/** Everything, in memory. */
export function fullEffort({ readings }: Specimen): Effort {
  return { readings, goesOn: true, begin: inMemory };
}

export function inMemory(files: Files, changed?: ChangedFile): CaseFiles {
  return new StoreFiles(files, changed);
}

export function examineReader(damage: Damage, { readings, begin } = fullEffort(damage.specimen)): Examination {
  const { specimen, path, bytes } = damage;
  const clock = new ManualClock();
  const fileSystem = begin(specimen.files, [path, bytes]);
  const opened = attempt(() => openReader(specimen, fileSystem, clock));
  if (opened.error !== undefined) return { verdict: 'refused', error: opened.error };
  const store = opened.value!;
  try {
    const limit = store.position;
    let error = readAll({ store, fileSystem }, damage, readings, limit);
    if (fileSystem.changedPaths.length > 0) throw new WrongAnswer(`A reader wrote ${fileSystem.changedPaths.join()}`);
    if (error !== undefined) return { verdict: 'error', error };
    if (limit === specimen.last) return { verdict: 'right' };
    store.on('error', (reported) => (error ??= reported as VarveError));
    clock.advance(patienceMs);
    if (store.position > specimen.last) throw new WrongAnswer(`The reader is at ${store.position}`);
    return error === undefined ? { verdict: 'behind' } : { verdict: 'behind', error };
  } finally {
    void store.close();
  }
}

export function examineWriter(damage: Damage, effort = fullEffort(damage.specimen)): Examination {
  const { specimen, path, bytes } = damage;
  const fileSystem = effort.begin(specimen.files, [path, bytes]);
  const clock = new ManualClock(1_800_000_000_000_000);
  const opened = attempt(() => openWriter(specimen, fileSystem, clock));
  if (opened.error !== undefined) {
    const changed = fileSystem.changedPaths.some((each) => !mayChange.test(each));
    if (changed) assertRestorable(damage, fileSystem.contents, effort);
    return { verdict: 'refused', error: opened.error };
  }
  const store = opened.value!;
  const limit = store.position;
  try {
    if (limit < specimen.durable) {
      throw new WrongAnswer(`The writer has ${limit} of ${specimen.durable} durable events`);
    }
    const open = { store, fileSystem };
    const error = readAll(open, damage, effort.readings, limit);
    if (error !== undefined) return mend(open, damage, effort.readings, error);
    if (!effort.goesOn) return { verdict: 'right' };
    goOn(open, damage, limit);
  } finally {
    store.storage.close();
  }
  readOn(damage, effort.begin(fileSystem.contents), limit);
  return { verdict: 'right' };
}

/** What was committed after the damage is there for others, and so is everything from before. */
function readOn(damage: Damage, fileSystem: CaseFiles, limit: number): void {
  const { specimen } = damage;
  const store = openReader(specimen, fileSystem, new ManualClock(1_800_000_000_000_000));
  const { position } = store;
  const error = readAll({ store, fileSystem }, damage, [specimen.readings[0]!], Math.min(limit, position));
  void store.close();
  // An entry of the position index is not looked at before its event is read, and a damaged one may keep readers behind.
  if (error === undefined && kindOf(damage.path) === 'position index') return;
  if (position !== limit + 3) {
    throw new WrongAnswer(`A reader is at ${position} of a sound writer's ${limit + 3} events`);
  }
  if (error !== undefined) throw new WrongAnswer(`After a writer found nothing, a reader says: ${error.message}`);
}

/** A writer that refuses a store, however late, has made nothing worse: once the file is restored, everything is there. */
function assertRestorable(damage: Damage, left: Files, { begin, readings }: Effort): void {
  const { specimen, path } = damage;
  const bytes = specimen.files.get(path);
  const fileSystem = begin(left, [path, bytes]);
  const store = openWriter(specimen, fileSystem, new ManualClock(1_900_000_000_000_000));
  const { position } = store;
  const error = readAll({ store, fileSystem }, { specimen, path, bytes }, readings, position);
  store.storage.close();
  if (error !== undefined) throw new WrongAnswer(`Refused, restored, and then: ${error.message}`);
  if (position < specimen.durable) {
    throw new WrongAnswer(`Refused, restored, and then only ${position} events are there`);
  }
}

interface OpenedWriter {
  readonly store: EventStore;
  readonly fileSystem: CaseFiles;
}

/** What `reindex` can rebuild is right afterwards; the rest stays an error. */
function mend(open: OpenedWriter, damage: Damage, readings: readonly Reading[], error: VarveError): Examination {
  const { store } = open;
  const mended = attempt(() => store.storage.reindex(0));
  const after = readAll(open, damage, readings, store.position);
  if (after === undefined) return { verdict: 'rebuilt', error };
  if (mended.error === undefined && !isNowhereElse(after)) throw new WrongAnswer(`After \`reindex\`: ${after.message}`);
  return { verdict: 'error', error };
}

/** The catalog, which a writer does not read completely when there is a name index, and what a consumer saved. */
function isNowhereElse({ path }: VarveError): boolean {
  return path?.endsWith('.state') === true || path?.endsWith('/catalog') === true;
}

/** Checks that nothing with an id is committed twice. */
function commitAgain(store: EventStore, commitIds: ReadonlyMap<string, number>, limit: number): void {
  for (const [commitId, position] of commitIds) {
    if (position > limit) continue;
    const { value, error } = attempt(() => store.commit('again', { commitId }, { commitId }));
    if (error !== undefined) throw new WrongAnswer(`After a writer found nothing: ${error.message}`);
    if (value!.isDuplicate && value!.position === position) continue;
    throw new WrongAnswer(`The commit ${commitId} is at ${position}, and was committed again at ${value!.position}`);
  }
}

/** Checks that new events get numbers and names of their own, whatever was lost. */
function goOn(open: OpenedWriter, damage: Damage, limit: number): void {
  const { store } = open;
  const { subject, readings } = damage.specimen;
  commitAgain(store, subject.commitIds, limit);
  const added = [
    { stream: subject.streams[0]!, event: eventAt(1_000) },
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
  const error = readAll(open, damage, [readings[0]!], limit);
  if (error !== undefined) throw new WrongAnswer(`After new events: ${error.message}`);
}
