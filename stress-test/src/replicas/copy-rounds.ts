/** Copies a live store again and again in one mode, under a reader that stays open and one that is new in each round. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ReadOnlyEventStore } from '@varve/core';
import { SeededRandom } from '@varve/core/testing';
import { checkCopy } from './check-copy.ts';
import { storeName } from './counted-events.ts';
import { copyOnce, type Mode, type Places } from './rsync.ts';

const writerPath = fileURLToPath(new URL(import.meta.url.replace(/copy-rounds(\.[jt]s)$/, 'writer$1')));
/** In how many rounds, of a hundred, the writer is killed and started again. */
const writerKills = 5;
const maxCopyMs = 60;

export interface RoundsResult {
  readonly mode: Mode;
  readonly rounds: number;
  readonly events: number;
  /** Copies that were killed, and kills of the writer. */
  readonly interrupted: number;
  readonly writerKills: number;
  /** How often a reader was compared with what was committed. */
  readonly checks: number;
}

export class CopyRounds {
  private readonly places: Places;
  private readonly mode: Mode;
  private readonly random: SeededRandom;
  private writer!: ChildProcess;
  private open: ReadOnlyEventStore | undefined;
  private seen = 0;
  private checks = 0;
  private failure: Error | undefined;

  constructor(directory: string, mode: Mode, seed: number) {
    this.places = { source: `${directory}/${mode}/source`, replica: `${directory}/${mode}/replica` };
    this.mode = mode;
    this.random = new SeededRandom(seed);
  }

  /** Throws at the first wrong event, and when a read is refused. */
  async run(rounds: number): Promise<RoundsResult> {
    const { mode, random } = this;
    for (const place of [this.places.source, this.places.replica]) mkdirSync(place, { recursive: true });
    await this.startWriter();
    let interrupted = 0;
    let kills = 0;
    try {
      for (let round = 1; round <= rounds; round++) {
        if (random.below(100) < writerKills) {
          kills++;
          await this.killWriter();
          await this.startWriter();
        }
        if (!(await this.copyUnderReaders())) interrupted++;
        await this.checkNew();
      }
    } finally {
      await this.killWriter();
    }
    await copyOnce(this.places, mode === 'interrupted' ? 'inplace' : mode);
    this.checkOpen();
    const events = await this.checkNew();
    const source = new ReadOnlyEventStore(storeName, { storageDirectory: this.places.source });
    if (source.position !== events) throw new Error(`The last copy has ${events} of ${source.position} events`);
    await source.close();
    await this.open?.close();
    if (this.failure !== undefined) throw this.failure;
    return { mode, rounds, events, interrupted, writerKills: kills, checks: this.checks };
  }

  /** Copies once, and reads the copy all the while. */
  private async copyUnderReaders(): Promise<boolean> {
    const killAfterMs = this.mode === 'interrupted' ? this.random.below(maxCopyMs) : undefined;
    const copying = copyOnce(this.places, this.mode, killAfterMs);
    const state = { isCopying: true };
    const end = (): void => void (state.isCopying = false);
    copying.then(end, end);
    while (state.isCopying) {
      await new Promise((resolve) => setTimeout(resolve, 3));
      this.checkOpen();
      if (this.random.chance(0.2)) await this.checkNew();
    }
    return copying;
  }

  private checkOpen(): void {
    if (this.open === undefined) {
      if (!this.canBeOpened) return;
      this.open = this.openCopy();
      this.open.on('error', (error) => (this.failure ??= error));
    }
    if (this.failure !== undefined) throw this.failure;
    this.open.storage.poll();
    this.seen = checkCopy(this.open, this.seen);
    this.checks++;
  }

  private async checkNew(): Promise<number> {
    if (!this.canBeOpened) return 0;
    const copy = this.openCopy();
    const position = checkCopy(copy, 0);
    this.checks++;
    await copy.close();
    return position;
  }

  /** False at first: until there is a head, nobody knows how far the store goes. */
  private get canBeOpened(): boolean {
    const folder = `${this.places.replica}/${storeName}`;
    const sizes = ['store.json', 'head'].map((name) => statSync(`${folder}/${name}`, { throwIfNoEntry: false })?.size);
    return sizes.every((size) => size !== undefined && size > 0);
  }

  private openCopy(): ReadOnlyEventStore {
    return new ReadOnlyEventStore(storeName, { storageDirectory: this.places.replica, watch: false });
  }

  private async startWriter(): Promise<void> {
    const { source } = this.places;
    this.writer = spawn(process.execPath, [writerPath, source], { stdio: ['ignore', 'ignore', 'inherit'] });
    while (!existsSync(`${source}/${storeName}/partitions`)) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  private async killWriter(): Promise<void> {
    const ended = once(this.writer, 'close');
    this.writer.kill('SIGKILL');
    await ended;
  }
}
