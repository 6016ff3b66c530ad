/** Stores whose last events are lost, with readers that had seen them, and another writer that goes on from there. */
import type { ReadOnlyEventStore } from '@varve/core';
import { ManualClock } from '@varve/core/testing';
import type { EventStore, WriteOptions } from '@varve/writer';
import { StoresOnDisk } from './stores-on-disk.ts';

const segment = '/data/store/partitions/000001-shared/00000000000000000000.seg';

export interface Numbered {
  readonly type?: string;
  readonly number: number;
}

/** A commit: the name of its stream, and its events, which are numbered by their positions. */
export type NumberedCommit = readonly [stream: string, ...types: string[]];

export class LossyStore {
  readonly clock = new ManualClock();
  store: EventStore;
  readonly reader: ReadOnlyEventStore;
  private readonly stores = new StoresOnDisk();
  private readonly options: WriteOptions;
  private readonly keptBytes: number;

  /** `kept` is durable. What is committed after it is lost with `lose`. */
  constructor(kept: readonly NumberedCommit[], options: WriteOptions = {}) {
    this.options = options;
    this.store = this.stores.open(options);
    this.commit(kept);
    this.keptBytes = this.stores.disk.startProcess().stat(segment)!.sizeBytes;
    this.reader = this.stores.openReader({ clock: this.clock });
  }

  commit(commits: readonly NumberedCommit[]): void {
    for (const [stream, ...types] of commits) {
      const first = this.store.position + 1;
      const events = types.map((type, index) => ({ type, number: first + index }));
      this.store.commit(stream, events.length === 0 ? { number: first } : events);
    }
    this.store.flush();
  }

  /** Another writer finds nothing of what came after `kept`, and commits these. */
  lose(andThen: readonly NumberedCommit[]): void {
    this.store.on('error', () => undefined);
    this.stores.process.kill();
    const file = this.stores.disk.startProcess().open(segment, 'write');
    file.truncate(this.keptBytes);
    file.close();
    this.store = this.stores.open(this.options);
    this.commit(andThen);
    this.reader.storage.poll();
  }

  async close(): Promise<void> {
    await this.reader.close();
    await this.store.close();
  }
}

export async function turns(count = 30): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** `count` commits of one event each to the stream. */
export function times(count: number, stream: string): NumberedCommit[] {
  return Array.from({ length: count }, () => [stream]);
}
