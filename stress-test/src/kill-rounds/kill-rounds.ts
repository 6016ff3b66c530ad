/**
 * Kills the writer of one store with SIGKILL, round after round, at any moment of its opening, recovering and writing.
 * Meanwhile readers run in processes of their own, one of which is a consumer that is killed now and then as well.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { ReadOnlyEventStore } from '@varve/core';
import type { SeededRandom } from '@varve/core/testing';
import { EventStore, LOCK_RECLAIM } from '@varve/writer';
import { checkLoss, storeProblems } from '../kill/check.ts';
import { type Progress, readProgress } from '../kill/progress-file.ts';
import { checksumText, optionsOf, type Seen, SeenEvents } from './settings.ts';

/** In how many of a hundred rounds the writer is killed while it opens the store; and in how many the consumer is killed, too. */
const killsAtOpening = 30;
const killsOfConsumer = 15;
const maxOpeningMs = 40;
const maxWritingMs = 120;

export interface RoundsResult {
  readonly rounds: number;
  readonly events: number;
  /** Events that were attempted and lost, in all rounds, and the most in one of them. */
  readonly lost: number;
  readonly mostLost: number;
  readonly consumerKills: number;
  readonly problems: readonly string[];
}

export class KillRounds {
  private readonly storageDirectory: string;
  private readonly name: string;
  private readonly seed: number;
  private readonly random: SeededRandom;
  private readonly problems: string[] = [];
  private readonly running = new Set<ChildProcess>();
  /** What was flushed, or found, after any round: from then on there must never be less. */
  private safe = 0;
  private lost = 0;
  private mostLost = 0;
  private consumerKills = 0;

  constructor(storageDirectory: string, name: string, seed: number, random: SeededRandom) {
    this.storageDirectory = storageDirectory;
    this.name = name;
    this.seed = seed;
    this.random = random;
  }

  async run(rounds: number): Promise<RoundsResult> {
    try {
      await (await this.open()).close();
      const follower = await this.startReader('follow');
      let consumer = await this.startReader('consume');
      let next = this.startWriter();
      for (let round = 1; round <= rounds && this.problems.length === 0; round++) {
        const writer = next;
        next = this.startWriter();
        await this.killWriter(await writer);
        if (this.random.below(100) < killsOfConsumer) {
          this.consumerKills++;
          await this.kill(consumer);
          consumer = await this.startReader('consume');
        }
        await this.checkRound();
      }
      await this.kill(await next);
      await this.checkAll(follower, consumer);
    } finally {
      for (const each of this.running) each.kill('SIGKILL');
    }
    const { safe: events, lost, mostLost, consumerKills, problems } = this;
    return { rounds, events, lost, mostLost, consumerKills, problems };
  }

  private async killWriter(writer: ChildProcess): Promise<void> {
    fs.rmSync(this.progressPath, { force: true });
    const writing = once(writer, 'message');
    writer.send('go');
    if (this.random.below(100) < killsAtOpening) {
      await wait(this.random.between(0, maxOpeningMs));
    } else {
      await Promise.race([writing, once(writer, 'exit')]);
      // However slow the machine is, the writer is not killed before it has flushed something.
      while (writer.exitCode === null && this.progress().flushed <= this.safe) await wait(2);
      await wait(this.random.between(0, maxWritingMs));
    }
    if (writer.exitCode !== null) this.problems.push(`The writer ended by itself, with ${writer.exitCode}.`);
    else await this.kill(writer);
  }

  /** Half of the stores are recovered here, the others by the next writer. */
  private async checkRound(): Promise<void> {
    const { attempted, flushed } = this.progress();
    const safe = Math.max(this.safe, flushed);
    const isRecovered = this.random.chance(0.5);
    const store = isRecovered ? await this.open() : await this.openReader();
    const found: number = store.position;
    await store.close();
    const eventBytes = this.partitionBytes() / Math.max(1, found);
    // A reader sees what was published; recovery finds what was written after that.
    const progress = { attempted: isRecovered && attempted > 0 ? attempted : found, flushed: safe };
    const { lost, problems } = checkLoss(found, progress, eventBytes);
    this.problems.push(...problems);
    this.safe = Math.max(safe, found);
    this.lost += lost;
    this.mostLost = Math.max(this.mostLost, lost);
  }

  /** Checks every event and every stream, and that the readers have seen the same. */
  private async checkAll(follower: ChildProcess, consumer: ChildProcess): Promise<void> {
    const store = await this.open();
    const seen = new SeenEvents();
    let crc = 0;
    for (const { payload, metadata } of store.getAllEvents().stored()) {
      seen.add(payload, metadata);
      crc = crc32(checksumText(payload, metadata), crc);
    }
    const position: number = store.position;
    this.problems.push(...storeProblems(store, this.seed));
    await store.close();
    if (position < this.safe) this.problems.push(`${this.safe} events were there, ${position} are left.`);
    await this.compare('follower', follower, seen.seen);
    await this.compare('consumer', consumer, { position, hash: String(crc) });
  }

  private async compare(who: string, reader: ChildProcess, expected: Seen): Promise<void> {
    const ended = once(reader, 'exit').then(() => [{ position: 0, hash: 'ended' }]);
    reader.send(expected.position);
    const [seen] = (await Promise.race([once(reader, 'message'), ended])) as [Seen];
    if (seen.position === expected.position && seen.hash === expected.hash) return;
    this.problems.push(`The ${who} has seen ${JSON.stringify(seen)}, not ${JSON.stringify(expected)}.`);
  }

  private open(): Promise<EventStore> {
    const { storageDirectory, name } = this;
    const options = optionsOf(name);
    const storageConfig = this.random.chance(0.5) ? ({ ...options, lock: LOCK_RECLAIM } as const) : options;
    return EventStore.open(name, { storageDirectory, storageConfig });
  }

  private openReader(): Promise<ReadOnlyEventStore> {
    return ReadOnlyEventStore.open(this.name, { storageDirectory: this.storageDirectory });
  }

  private get progressPath(): string {
    return `${this.storageDirectory}/progress`;
  }

  /** Zeros when the writer was killed before it had noted anything. */
  private progress(): Progress {
    const status = fs.statSync(this.progressPath, { throwIfNoEntry: false });
    return status === undefined || status.size === 0 ? { attempted: 0, flushed: 0 } : readProgress(this.progressPath);
  }

  private partitionBytes(): number {
    const partitions = `${this.storageDirectory}/${this.name}/partitions`;
    if (!fs.existsSync(partitions)) return 0;
    const entries = fs
      .readdirSync(partitions, { recursive: true, withFileTypes: true })
      .filter((each) => each.isFile());
    return entries.reduce((sum, { parentPath, name }) => sum + fs.statSync(`${parentPath}/${name}`).size, 0);
  }

  /** A writer that has everything loaded and waits. */
  private async startWriter(): Promise<ChildProcess> {
    return this.start('writer', [this.storageDirectory, this.name, String(this.seed)]);
  }

  private async startReader(way: 'follow' | 'consume'): Promise<ChildProcess> {
    return this.start('reader', [this.storageDirectory, this.name, way]);
  }

  private async start(program: string, values: readonly string[]): Promise<ChildProcess> {
    const path = fileURLToPath(new URL(import.meta.url.replace(/kill-rounds(\.[jt]s)$/, `${program}$1`)));
    const started = fork(path, values, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.running.add(started);
    started.once('exit', () => this.running.delete(started));
    await Promise.race([once(started, 'message'), once(started, 'exit')]);
    return started;
  }

  private async kill(process: ChildProcess): Promise<void> {
    if (process.exitCode !== null || process.signalCode !== null) return;
    const gone = once(process, 'exit');
    process.kill('SIGKILL');
    await gone;
  }
}
