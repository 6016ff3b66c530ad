/**
 * The contents of a system's journal: one event per command. Stored: never change the meaning of a field. Docs:
 * docs/prevalence.md, "The journal".
 */
import { StateCodec } from '@varve/core/internal';
import type { Change } from '../model/transaction.ts';

/** An executed command; it is executed again when the model is restored. */
export interface CommandEvent {
  readonly type: 'Command';
  readonly command: string;
  /** The version of the argument. */
  readonly version: number;
  readonly argument: unknown;
  /** The version of the model. */
  readonly model: number;
  /** When the command was executed, in microseconds since 1970. */
  readonly time: number;
  /** The seed of its randomness, 32 hexadecimal digits; absent when it used none. */
  readonly seed?: string;
  /** The digest of its changes to the model. */
  readonly digest: number;
}

/** The changes of a transaction without a name; they are made again when the model is restored. */
export interface ChangeEvent {
  readonly type: 'Change';
  /** The changes; as base64 of MessagePack where the store's codec does not preserve all values. */
  readonly changes: readonly JournaledChange[] | string;
  /** The number of the next object to be created. */
  readonly nextId: number;
  readonly model: number;
  readonly time: number;
  readonly digest: number;
}

export type JournalEvent = CommandEvent | ChangeEvent;

/** A change of an object: its part of the model, key and number, and its new value; undefined when it was deleted. */
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

/** Whether something read from a journal is one of its events. */
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
