/**
 * What no store with durable commits can beat: write a record and sync it, nothing else. Commits that wait at the same
 * time share a write and a sync.
 */
import { closeSync, fdatasync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { SizedOrder } from '../reference/order.ts';
import type { ReferenceCommit } from '../reference/reference-workload.ts';
import type { Contender, DurableAppender } from './contender.ts';

const sync = promisify(fdatasync);
const FILE = 'events.ndjson';

export const limitSync: Contender = {
  name: 'limit-sync',
  title: 'limit: write and fdatasync',
  kind: 'limit',
  workloads: ['durable-1', 'durable-64'],
  create: () => Promise.reject(new Error('it makes durable commits only')),
  open(directory) {
    const lines = readFileSync(join(directory, FILE), 'utf8').split('\n').slice(0, -1);
    return Promise.resolve({
      scan: (visit) => {
        for (const line of lines) visit(JSON.parse(line) as SizedOrder);
      },
      close: () => Promise.resolve(),
    });
  },
  createDurable: (directory) => Promise.resolve(new SyncedFile(join(directory, FILE))),
};

class SyncedFile implements DurableAppender {
  readonly #fd: number;
  #lines = '';
  #written: Promise<void> | undefined;
  #synced: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.#fd = openSync(path, 'wx');
  }

  /** The previous sync must end first, so commits that arrive while it runs go into the next one. */
  commit({ orders }: ReferenceCommit): Promise<void> {
    for (const order of orders) this.#lines += `${JSON.stringify(order)}\n`;
    return (this.#written ??= this.#synced.then(() => this.#write()));
  }

  #write(): Promise<void> {
    writeSync(this.#fd, this.#lines);
    this.#lines = '';
    this.#written = undefined;
    return (this.#synced = sync(this.#fd));
  }

  close(): Promise<void> {
    closeSync(this.#fd);
    return Promise.resolve();
  }
}
