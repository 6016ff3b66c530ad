/**
 * A model of a few streams, as seen from outside: commits to one or several of them, with expected versions, conditions and
 * ids, all or nothing, and reads of all of them at one moment. Streams only grow, so every state is a prefix of the last one.
 */
import type { Model, Operation } from './linearizability.ts';

export interface CommitInput {
  readonly kind: 'commit';
  readonly id: string;
  readonly type: string;
  readonly parts: readonly { readonly stream: string; readonly count: number; readonly expected: number | undefined }[];
  /** No event of this type may come after this many events of the group. */
  readonly condition: { readonly type: string; readonly behind: number } | undefined;
}

export interface ReadInput {
  readonly kind: 'read';
}

export type Input = CommitInput | ReadInput;

export type Output =
  /** Each stream's version after the commit, in the order of its parts. */
  | { readonly kind: 'committed'; readonly versions: readonly number[]; readonly isDuplicate: boolean }
  | { readonly kind: 'refused'; readonly code: string }
  /** By stream, the commit id of each event. */
  | { readonly kind: 'read'; readonly streams: Readonly<Record<string, readonly string[]>> };

export type StreamOperation = Operation<Input, Output>;

interface State {
  /** Number of events in each stream. */
  readonly versions: Readonly<Record<string, number>>;
  readonly committed: ReadonlyMap<string, readonly number[]>;
  /** By type, the number of its last event among all events of the group. */
  readonly types: Readonly<Record<string, number>>;
  readonly count: number;
}

/** `last` has the streams as they are in the end. */
export function streamModel(last: Readonly<Record<string, readonly string[]>>): Model<State, Input, Output> {
  return {
    initial: { versions: {}, committed: new Map(), types: {}, count: 0 },
    // The ids are those of the last state, up to these versions.
    key: ({ versions, types }) => `${sorted(versions)} ${sorted(types)}`,
    step: (state, input, output) => {
      if (input.kind === 'commit') return commit(state, input, output, last);
      return output?.kind === 'read' && isRead(state, output.streams, last) ? state : undefined;
    },
  };
}

function sorted(counts: Readonly<Record<string, number>>): string {
  const names = Object.keys(counts).toSorted();
  return names.map((name) => `${name}:${counts[name]!}`).join(' ');
}

/** Leaves out what got no answer and is not there in the end: it never happened. */
export function thatHappened(
  operations: readonly StreamOperation[],
  last: Readonly<Record<string, readonly string[]>>,
): StreamOperation[] {
  const ids = new Set(Object.values(last).flat());
  return operations.filter(({ input, output }) => {
    return output !== undefined || (input.kind === 'commit' && ids.has(input.id));
  });
}

function commit(
  state: State,
  input: CommitInput,
  output: Output | undefined,
  last: Readonly<Record<string, readonly string[]>>,
): State | undefined {
  const earlier = state.committed.get(input.id);
  if (earlier !== undefined) return agrees(output, earlier, true) ? state : undefined;
  const refusal = refusalOf(state, input);
  if (refusal !== undefined) {
    return output === undefined || (output.kind === 'refused' && output.code === refusal) ? state : undefined;
  }
  const versions = { ...state.versions };
  for (const { stream, count } of input.parts) {
    const before = versions[stream] ?? 0;
    const after = before + count;
    const added = (last[stream] ?? []).slice(before, after);
    if (added.length < count || added.some((id) => id !== input.id)) return undefined;
    versions[stream] = after;
  }
  const reached = input.parts.map(({ stream }) => versions[stream]!);
  if (!agrees(output, reached, false)) return undefined;
  const count = state.count + input.parts.reduce((sum, part) => sum + part.count, 0);
  const committed = new Map(state.committed).set(input.id, reached);
  return { versions, committed, types: { ...state.types, [input.type]: count }, count };
}

function refusalOf({ versions, types }: State, { parts, condition }: CommitInput): string | undefined {
  const isOther = parts.some(({ stream, expected }) => expected !== undefined && expected !== (versions[stream] ?? 0));
  if (isOther) return 'OPTIMISTIC_CONCURRENCY';
  return condition !== undefined && (types[condition.type] ?? 0) > condition.behind ? 'CONDITION_FAILED' : undefined;
}

function agrees(output: Output | undefined, versions: readonly number[], isDuplicate: boolean): boolean {
  if (output === undefined) return true;
  if (output.kind !== 'committed' || output.isDuplicate !== isDuplicate) return false;
  return versions.length === output.versions.length && versions.every((each, index) => each === output.versions[index]);
}

function isRead(
  { versions }: State,
  streams: Readonly<Record<string, readonly string[]>>,
  last: Readonly<Record<string, readonly string[]>>,
): boolean {
  return Object.entries(streams).every(([name, ids]) => {
    return ids.length === (versions[name] ?? 0) && ids.every((id, index) => id === last[name]?.[index]);
  });
}
