/**
 * A workload on a disk that has no room for a while. It keeps a record of what was accepted and what was refused: the first
 * must all be there as soon as there is room, the second never.
 */
import assert from 'node:assert/strict';
import { hasErrorCode, type ReadOnlyEventStore } from '@varve/core';
import { type Call, type CallKind, ManualClock, SimulatedDisk } from '@varve/core/testing';
import type { EventStore, WriteOptions } from '../../src/index.ts';
import { openReader, openStore, withoutUnsynced } from './power-cut.ts';
import { commitsFound, type ModelCommit } from './commits-found.ts';
import { emptyDisk } from './recorded-run.ts';

/** Calls that need room. */
const growing: ReadonlySet<CallKind> = new Set<CallKind>(['create', 'makeDirectory', 'write', 'rename']);

export interface NoRoom {
  /** The first call that finds no room, and the number of such calls. */
  readonly nth: number;
  readonly count: number;
  readonly code: 'ENOSPC' | 'EDQUOT' | 'EFBIG';
  /** Whether the first write stops early instead, and the next one says why. */
  readonly isShort: boolean;
}

export class FullDiskRun {
  readonly disk = emptyDisk();
  readonly accepted: ModelCommit[] = [];
  readonly refused: ModelCommit[] = [];
  wasHit = false;
  reports = 0;
  private readonly clock = new ManualClock();
  private readonly options: WriteOptions;
  private readonly store: EventStore;
  private readonly reader: ReadOnlyEventStore;
  private durable = 0;
  private flushed = 0;

  constructor(options: WriteOptions) {
    this.options = { ...options, clock: this.clock };
    this.store = openStore(this.disk, this.options);
    this.store.on('error', (error) => {
      assert(hasErrorCode(error, 'DISK_FULL'), String(error));
      this.reports++;
    });
    this.reader = openReader(this.disk);
  }

  /** From now on, these of all calls that need room find none. */
  runOut({ nth, count, code, isShort }: NoRoom): void {
    let number = -1;
    this.disk.faults = ({ kind }: Call) => {
      if (!growing.has(kind) || ++number < nth || number >= nth + count) return undefined;
      this.wasHit = true;
      return isShort && number === nth && kind === 'write' ? { shortBytes: 5 } : { code };
    };
  }

  commit(stream: string, events: readonly object[], metadata?: object): void {
    const commit = { stream, events, ...(metadata === undefined ? {} : { metadata }) };
    try {
      const { flushed } = this.store.commit(stream, events, metadata ?? {});
      this.accepted.push(commit);
      const count = this.accepted.length;
      void flushed.then(() => (this.flushed = Math.max(this.flushed, count)));
    } catch (error) {
      if (!hasErrorCode(error, 'DISK_FULL')) throw error;
      this.refused.push(commit);
    }
  }

  /** Requests a durable commit, without waiting: there may be no room for long. */
  makeDurable(): void {
    const count = this.accepted.length;
    void this.store.commit('durable', [{ type: 'durable', count }]).durable.then(
      () => (this.durable = Math.max(this.durable, count + 1)),
      () => undefined,
    );
    this.accepted.push({ stream: 'durable', events: [{ type: 'durable', count }] });
  }

  /** Lets what is due happen; readers see no more than a prefix of what was accepted. */
  async tick(ms = 0): Promise<void> {
    this.clock.advance(ms);
    for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
    this.reader.storage.poll();
    commitsFound(this.reader, this.accepted);
  }

  /** There is room again: everything that was accepted is written, and stays. */
  async finish(): Promise<void> {
    this.disk.faults = undefined;
    await this.tick(1000);
    assert.equal(this.flushed, this.accepted.length);
    assert.equal(this.clock.holds, 0);
    this.commit('after', [{ type: 'after' }]);
    this.makeDurable();
    await this.tick(1000);
    assert.equal(this.durable, this.accepted.length);
    assert.equal(commitsFound(this.store, this.accepted), this.accepted.length);
    assert.equal(commitsFound(this.reader, this.accepted), this.accepted.length);
    await this.check(withoutUnsynced(this.disk));
    this.store.storage.reindex(0);
    await this.store.close();
    await this.check(this.disk);
  }

  /** The store, opened again, has all of it and nothing else, with whole frames and indexes. */
  private async check(disk: SimulatedDisk): Promise<void> {
    const copy = new SimulatedDisk(disk.medium.copy());
    const store = openStore(copy, this.options);
    assert.equal(commitsFound(store, this.accepted), this.accepted.length);
    assert.equal(store.storage.reindex(0).changedPositions, 0);
    assert.equal(commitsFound(store, this.accepted), this.accepted.length);
    await store.close();
  }
}
