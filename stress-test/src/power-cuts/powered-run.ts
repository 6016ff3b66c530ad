/**
 * One run of a writer on a recorded disk, and what is left of its store after power cuts at some moments of the run: the file
 * system is mounted in the state of the disk at that moment, which replays its journal, and the store is opened.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { SeededRandom } from '@varve/core/testing';
import { EventStore } from '@varve/writer';
import { storeProblems } from '../kill/check.ts';
import { eventNumbered, streamNames } from '../kill/settings.ts';
import { type FileSystemKind, mountImage, run, sectorBytesOf, unmount } from './file-systems.ts';
import { Note, noteOf, optionsOf, storeName } from './noted-commits.ts';
import { type PowerCut, Recording, survivals } from './recording.ts';

export interface CutResult {
  readonly cut: PowerCut;
  readonly acknowledged: number;
  readonly recovered: number;
  readonly problems: readonly string[];
}

/** Which promise of a commit the writer relies on to survive a power cut; `flushed` shows that the check works. */
export type Believed = 'durable' | 'flushed';

export interface PoweredRunInput {
  /** `base.img` in it is the disk before the run. */
  readonly directory: string;
  readonly kind: FileSystemKind;
  /** Determines the options and the contents of the store. */
  readonly seed: number;
  readonly random: SeededRandom;
  readonly believed: Believed;
  /** Whether the disk has no store yet. */
  readonly isNew: boolean;
}

/** Programs are beside this one, compiled or not. */
function program(name: string): string {
  return fileURLToPath(new URL(import.meta.url.replace(/powered-run(\.[jt]s)$/, `${name}$1`)));
}

export class PoweredRun {
  private readonly directory: string;
  private readonly kind: FileSystemKind;
  private readonly seed: number;
  private readonly random: SeededRandom;
  private readonly believed: Believed;
  private readonly isNew: boolean;
  private recording!: Recording;

  constructor({ directory, kind, seed, random, believed, isNew }: PoweredRunInput) {
    this.directory = directory;
    this.kind = kind;
    this.seed = seed;
    this.random = random;
    this.believed = believed;
    this.isNew = isNew;
  }

  private path(name: string): string {
    return `${this.directory}/${name}`;
  }

  /** Lets a writer work on the disk, kills it at some moment, and unmounts. */
  async record(): Promise<number> {
    for (const name of ['disk', 'notes']) fs.writeFileSync(this.path(name), '');
    fs.mkdirSync(this.path('mounted'), { recursive: true });
    this.copyBase('live.img');
    const disk = start(
      'device',
      ['disk', 'live.img', 'recording', 'notes'].map((name) => this.path(name)),
    );
    let loop: string | undefined;
    try {
      await said(disk, 'mounted');
      loop = mountImage(this.kind, this.path('disk'), this.path('mounted'));
      await this.write();
    } finally {
      if (loop !== undefined) unmount(this.path('mounted'), loop);
      const ended = once(disk, 'exit');
      if (disk.exitCode === null) {
        run('umount', this.path('disk'));
        await ended;
      }
    }
    this.recording = new Recording(this.path('recording'));
    return this.recording.calls.length;
  }

  /** Makes a state of the disk, mounts it, recovers the store, checks it, and leaves the state as `state.img`, unmounted. */
  async cut(): Promise<CutResult> {
    const { kind, random, recording } = this;
    const survival = kind.flushes ? random.pick(survivals) : 'all';
    const cut: PowerCut = { at: random.below(recording.calls.length), survival };
    this.copyBase('state.img');
    recording.apply(this.path('state.img'), cut, random, sectorBytesOf(kind));
    const acknowledged = Note.parse(recording.acknowledgedAt(cut));
    const loop = mountImage(kind, this.path('state.img'), this.path('mounted'));
    try {
      const { recovered, problems } = await this.check(acknowledged);
      return { cut, acknowledged: acknowledged.position, recovered, problems };
    } finally {
      unmount(this.path('mounted'), loop);
    }
  }

  /** Lets the next run continue from the last state, in which the store was recovered. */
  static keepState(directory: string): void {
    fs.renameSync(`${directory}/state.img`, `${directory}/base.img`);
  }

  private async write(): Promise<void> {
    const writer = start('writer', [this.path('mounted'), this.path('notes'), String(this.seed), this.believed]);
    // Some cuts are during the recovery of the store, most of them after it.
    const opened = said(writer, 'writing');
    if (this.isNew || this.random.chance(0.8)) await opened;
    else opened.catch(() => undefined);
    // However slow the machine is, a new store gets far enough to have something to lose.
    while (
      this.isNew &&
      writer.exitCode === null &&
      Note.parse(fs.readFileSync(this.path('notes'), 'utf8')).position === 0
    ) {
      await wait(10);
    }
    await wait(this.random.between(50, 400));
    if (writer.exitCode !== null) throw new Error('The writer ended by itself.');
    const ended = once(writer, 'exit');
    writer.kill('SIGKILL');
    await ended;
  }

  private async check(acknowledged: Note): Promise<{ recovered: number; problems: readonly string[] }> {
    const { seed } = this;
    const problems: string[] = [];
    const config = { storageDirectory: this.path('mounted'), storageConfig: optionsOf(seed) };
    let store: EventStore;
    try {
      store = await EventStore.open(storeName, config);
    } catch (error) {
      return { recovered: 0, problems: [`The store cannot be opened: ${String(error)}`] };
    }
    const recovered: number = store.position;
    try {
      if (recovered < acknowledged.position) {
        problems.push(`${acknowledged.position} events were acknowledged as durable, ${recovered} are there.`);
      } else if (noteOf(store, acknowledged.position).digest !== acknowledged.digest) {
        problems.push(`The ${acknowledged.position} events that were acknowledged are not what was committed.`);
      }
      problems.push(...storeProblems(store, seed));
      const number = recovered + 1;
      await store.commit(streamNames[0]!, eventNumbered(number, number, seed), store.getStreamVersion(streamNames[0]!))
        .durable;
    } catch (error) {
      problems.push(String(error));
    } finally {
      await store.close();
    }
    return { recovered, problems };
  }

  private copyBase(name: string): void {
    run('cp', '--sparse=always', this.path('base.img'), this.path(name));
  }
}

function start(name: string, values: readonly string[]): ChildProcess {
  return fork(program(name), values, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}

async function said(process: ChildProcess, word: string): Promise<void> {
  const ended = once(process, 'exit').then(() => {
    throw new Error(`The process ended before it said ${word}.`);
  });
  ended.catch(() => undefined);
  await Promise.race([once(process, 'message'), ended]);
}
