/**
 * Loaders of all contenders, in the order of the printed tables. Each contender loads separately: a process that
 * measures one starts without the libraries of the others.
 */
import type { Contender } from './contender.ts';

const loaders: Readonly<Record<string, () => Promise<Contender>>> = {
  varve: async () => (await import('./varve.ts')).varve,
  'event-storage': async () => (await import('./event-storage.ts')).eventStorage,
  sqlite: async () => (await import('./sqlite/contenders.ts')).sqlite,
  'sqlite-full': async () => (await import('./sqlite/contenders.ts')).sqliteFull,
  'sqlite-batched': async () => (await import('./sqlite/contenders.ts')).sqliteBatched,
  lmdb: async () => (await import('./lmdb/contenders.ts')).lmdb,
  'classic-level': async () => (await import('./classic-level.ts')).classicLevel,
  'limit-json': async () => (await import('./limit-json.ts')).limitJson,
  'limit-msgpackr': async () => (await import('./limit-msgpackr.ts')).limitMsgpackr,
  'limit-msgpackr-block': async () => (await import('./limit-msgpackr.ts')).limitMsgpackrBlock,
  'limit-sync': async () => (await import('./limit-sync.ts')).limitSync,
};

export const contenderNames = Object.keys(loaders);

/** Rejects when no contender has that name. */
export async function loadContender(name: string): Promise<Contender> {
  const load = Object.hasOwn(loaders, name) ? loaders[name] : undefined;
  if (load === undefined) throw unknownContender(name);
  return load();
}

/** The error for a user who names a contender that does not exist. */
export function unknownContender(name: string): Error {
  return new Error(`There is no contender ${JSON.stringify(name)}: ${contenderNames.join(', ')}`);
}
