/** Derived streams whose names say what must be in them. */
import type { ReadOnlyEventStore } from '@varve/core';
import type { EventStore } from '../../src/index.ts';
import { eventsOf, type ModelCommit } from './commits-found.ts';

/** The stream of all events of a type. */
export function derivedName(type: string): string {
  return `of-${type}`;
}

/** Throws unless the streams of these types hold what they must; the first `mustExist` of them must be there. */
export function assertDerivedAre(
  store: EventStore | ReadOnlyEventStore,
  types: readonly string[],
  { commits, mustExist }: { readonly commits: readonly ModelCommit[]; readonly mustExist: number },
): void {
  for (const [place, type] of types.entries()) {
    const name = derivedName(type);
    if (!store.hasStream(name)) {
      if (place < mustExist) throw new Error(`The derived stream ${name} is missing`);
      continue;
    }
    const stream = store.getEventStream(name);
    const found = Array.from({ length: stream.length }, (_, index) => stream.positionAt(index));
    const wanted = positionsOfType(type, commits).filter((position) => position <= store.position);
    if (found.join() !== wanted.join()) {
      throw new Error(`The derived stream ${name} has the positions ${found.join()}, not ${wanted.join()}`);
    }
  }
}

/** Throws unless the index of each type, in a store that keeps one, leads to its events. */
export function assertTypesAre(store: EventStore | ReadOnlyEventStore, commits: readonly ModelCommit[]): void {
  const types = new Set(eventsOf(commits).map(({ payload }) => typeOf(payload)));
  for (const type of types) {
    const found = [...store.query({ items: [{ types: [type] }] }).stored()].map(({ metadata }) => metadata.position);
    const wanted = positionsOfType(type, commits).filter((position) => position <= store.position);
    if (found.join() !== wanted.join()) {
      throw new Error(`Type ${type} is found at ${found.join()}, not at ${wanted.join()}`);
    }
  }
}

function positionsOfType(type: string, commits: readonly ModelCommit[]): number[] {
  return eventsOf(commits).flatMap(({ payload }, index) => (typeOf(payload) === type ? [index + 1] : []));
}

function typeOf(payload: object): string {
  return (payload as { readonly type: string }).type;
}
