/**
 * What the journal of a system consists of: one event for each command. Stored: never change what a field means.
 * Docs: docs/prevalence.md, "The journal".
 */
import { StateCodec } from '@varve/core/internal';
import type { Change } from '../model/transaction.ts';

/** A command that was executed: it is executed again when the model is restored. */
export interface CommandEvent {
  readonly type: 'Command';
  readonly command: string;
  /** The version of the argument. */
  readonly version: number;
  readonly argument: unknown;
  /** The version of the model. */
  readonly model: number;
  /** When it was executed, in microseconds since 1970. */
  readonly time: number;
  /** What its randomness came from, 32 hexadecimal digits; absent when it asked for none. */
  readonly seed?: string;
  /** A number of what it did to the model. */
  readonly digest: number;
}

/** What a transaction without a name did: it is done again when the model is restored. */
export interface ChangeEvent {
  readonly type: 'Change';
  /** The changes; as base64 of MessagePack where the codec of the store does not keep all values. */
  readonly changes: readonly JournaledChange[] | string;
  /** Number of the object that is made next. */
  readonly nextId: number;
  readonly model: number;
  readonly time: number;
  readonly digest: number;
}

export type JournalEvent = CommandEvent | ChangeEvent;

/** What happened to an object: its part of the model, key and number, and what it is now; undefined when it was deleted. */
export type JournaledChange = readonly [
  kind: Change['kind'],
  part: string,
  key: string | number,
  id: number,
  value: unknown,
];

const stateCodec = new StateCodec();

export function journaledChanges(changes: readonly Change[], codecName: string): ChangeEvent['changes'] {
  const list: JournaledChange[] = changes.map(({ kind, cell, value }) => [
    kind,
    ...([cell.table.name, cell.key, cell.id, value] as const),
  ]);
  return codecName === 'msgpackr' ? list : Buffer.from(stateCodec.encode(list)).toString('base64');
}

export function changesOf({ changes }: ChangeEvent): readonly JournaledChange[] {
  return typeof changes === 'string'
    ? (stateCodec.decode(Buffer.from(changes, 'base64')) as JournaledChange[])
    : changes;
}

/** Whether something that was read from a journal is one of its events. */
export function isJournalEvent(payload: unknown): payload is JournalEvent {
  if (typeof payload !== 'object' || payload === null) return false;
  const event = payload as Partial<Record<keyof CommandEvent | keyof ChangeEvent, unknown>>;
  if (!isWhole(event.model) || !isWhole(event.time) || !isWhole(event.digest)) return false;
  if (event.type === 'Command') return typeof event.command === 'string' && isWhole(event.version);
  const hasChanges = Array.isArray(event.changes) || typeof event.changes === 'string';
  return event.type === 'Change' && hasChanges && isWhole(event.nextId);
}

function isWhole(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value);
}
