import { join } from 'node:path';
import { open, type Database, type RootDatabase } from 'lmdb';
import type { SizedOrder } from '../../reference/order.ts';

/** What is stored for an event besides its key: what an event store must know about it. */
export interface StoredEvent {
  readonly streamId: number;
  readonly version: number;
  readonly committedAt: number;
  readonly order: SizedOrder;
}

export interface Databases {
  readonly root: RootDatabase<unknown, string>;
  /** Position -> event. */
  readonly events: Database<StoredEvent, number>;
  /** Stream id -> the positions of its events, ascending. */
  readonly positionsByStream: Database<number, number>;
  /** Stream name -> stream id. */
  readonly streamIds: Database<number, string>;
}

/**
 * No event has position 0. At the front of the key range, the structures leave the last page to appends, which then
 * fill their pages.
 */
const STRUCTURES_KEY = 0;

interface OpenOptions {
  readonly readOnly?: boolean;
  readonly durable?: boolean;
}

export function openDatabases(directory: string, { readOnly = false, durable = false }: OpenOptions = {}): Databases {
  const path = join(directory, 'events.mdb');
  const root = open<unknown, string>({ path, noSync: !durable, noMemInit: true, readOnly });
  return {
    root,
    events: root.openDB({ name: 'events', keyEncoding: 'uint32', sharedStructuresKey: STRUCTURES_KEY }),
    positionsByStream: root.openDB({
      name: 'positions-by-stream',
      keyEncoding: 'uint32',
      dupSort: true,
      encoding: 'ordered-binary',
    }),
    streamIds: root.openDB({ name: 'stream-ids', encoding: 'ordered-binary' }),
  };
}
