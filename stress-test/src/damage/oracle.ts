/**
 * What must hold for whatever is read from a damaged store: it is right, or an error of Varve that names a file. Anything else
 * throws `WrongAnswer`.
 */
import { type FileSystem, type ReadableEventStore, VarveError } from '@varve/core';
import type { Line, Reading } from './readings.ts';
import type { Specimen } from './specimens.ts';

/** A specimen of which one file is damaged. */
export interface Damage {
  readonly specimen: Specimen;
  readonly path: string;
  /** What the file contains after the damage; undefined when it is gone. */
  readonly bytes: Uint8Array | undefined;
}

export class WrongAnswer extends Error {
  override readonly name = 'WrongAnswer';
}

/** An open store, and the files that it consists of. */
export interface OpenedStore {
  readonly store: ReadableEventStore;
  readonly fileSystem: FileSystem;
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
  'STORE_UNAVAILABLE',
  // The description of another store requires other options.
  'INVALID_OPTION',
]);

/** The result, or an error that Varve throws on purpose and that says where to look. Other errors are thrown. */
export function attempt<Value>(action: () => Value): { readonly value?: Value; readonly error?: VarveError } {
  try {
    return { value: action() };
  } catch (error) {
    if (!(error instanceof VarveError)) throw error;
    if (!errorCodesOfDamage.has(error.code)) throw new WrongAnswer(`${error.code}: ${error.message}`, { cause: error });
    if (error.path === undefined) throw new WrongAnswer(`No file is named: ${error.message}`, { cause: error });
    return { error };
  }
}

/** Reads, in all these ways, what must be there up to `limit`; returns the first error, and throws when a result is wrong. */
export function readAll(
  { store, fileSystem }: OpenedStore,
  damage: Damage,
  readings: readonly Reading[],
  limit: number,
): VarveError | undefined {
  const { specimen } = damage;
  let first: VarveError | undefined;
  for (const reading of readings) {
    const { value, error } = attempt(() => reading.read(store, fileSystem));
    const { derived } = reading;
    // A reader that is behind may be behind the creation of an index, too.
    if (limit < specimen.last && (error?.code === 'NOT_INDEXED' || isMissing(store, derived))) continue;
    if (error?.code === 'NOT_INDEXED') throw new WrongAnswer(error.message);
    first ??= error;
    if (value === undefined) continue;
    if (reading.saved === undefined) compare(specimen, reading, value, limit);
    else compareSaved(damage, reading, value);
  }
  return first;
}

function isMissing(store: ReadableEventStore, derived: string | undefined): boolean {
  return derived !== undefined && attempt(() => store.hasStream(derived)).value === false;
}

function compare(specimen: Specimen, { name, endOf }: Reading, lines: readonly Line[], limit: number): void {
  if (limit > specimen.last) throw new WrongAnswer(`Position ${limit} is shown, of ${specimen.last}`);
  const found = lines.filter(({ position }) => position <= limit);
  const there = specimen.expected.get(endOf ?? name)!.filter(({ position }) => position <= limit);
  const expected = endOf === undefined ? there : there.slice(-2);
  const index = expected.findIndex(({ text }, at) => found[at]?.text !== text);
  if (index < 0 && found.length === expected.length) return;
  const at = index < 0 ? expected.length : index;
  const texts = [found[at], expected[at]].map((line) => line?.text ?? 'missing').join(', not ');
  throw new WrongAnswer(`${name}: ${found.length} of ${expected.length} events; number ${at} is ${texts}`);
}

/** What a consumer saved last, or the time before; nothing only when its file is gone. */
function compareSaved({ specimen, path, bytes }: Damage, { name, saved }: Reading, found: readonly Line[]): void {
  if (found.length === 0 && path === saved && bytes === undefined) return;
  const expected = specimen.expected.get(name)!;
  if (found.length === 1 && expected.some(({ text }) => text === found[0]!.text)) return;
  throw new WrongAnswer(`${name}: ${JSON.stringify(found)}, not one of ${JSON.stringify(expected)}`);
}
