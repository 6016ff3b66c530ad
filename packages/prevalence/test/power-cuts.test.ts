/**
 * Power cuts at every disk operation of a working system, with every possible outcome for unsynced data: kept, dropped,
 * torn, names lost. The remaining disk must restore the model after some number of commands, no fewer than were
 * durable; a snapshot that was promised must be there, and so must every blob that a command names. All of this runs
 * again in a store whose history before its snapshots is dropped, so that only the snapshots can restore the model.
 *
 * Every fourth of the distinct disks is checked, with an offset that depends on the seed; `VARVE_LONG=20` checks all,
 * and twenty times as many random ones. `VARVE_SEED=<seed>` repeats a run.
 */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { EventStore, LOCK_RECLAIM, type WriteOptions } from '@varve/writer';
import { hasErrorCode } from '@varve/core';
import { crashStates, ManualClock, type Medium, replay, SeededRandom, SimulatedDisk } from '@varve/core/testing';
import { expect, it } from 'vitest';
import { collection, hash, prevalence, value } from '../src/index.ts';

const seed = Number(process.env['VARVE_SEED'] ?? 1);
const effort = Number(process.env['VARVE_LONG'] ?? 1);
const stride = process.env['VARVE_LONG'] === undefined ? 4 : 1;

interface Note {
  key: string;
  n: number;
  blob?: string;
}

const notes = prevalence({
  name: 'notes',
  model: { notes: collection<Note>()({ key: 'key', indexes: { byN: hash('n') } }), count: value(0) },
  commands: {
    put: (model, note: Note) => {
      model.notes.put(note);
      model.count++;
    },
    remove: (model, key: string) => {
      model.notes.delete(key);
      model.count++;
    },
  },
  snapshot: { keep: 2 },
});

type Command = { readonly put: Note } | { readonly remove: string };
interface Contents {
  readonly notes: readonly Note[];
  readonly count: number;
}

/** What was promised after this number of disk operations. */
interface Mark {
  readonly operations: number;
  /** The number of commands that may be found. */
  readonly executed: number;
  /** The number of commands that must be found. */
  readonly durable: number;
  /** The number of commands that a snapshot is known to contain. */
  readonly inSnapshot: number;
}

class Work {
  readonly disk = new SimulatedDisk();
  readonly start: Medium;
  readonly commands: Command[] = [];
  readonly marks: Mark[] = [{ operations: 0, executed: 0, durable: 0, inSnapshot: 0 }];
  readonly options: WriteOptions;
  private readonly isDropping: boolean;
  private readonly random = new SeededRandom(seed);
  private readonly clock = new ManualClock(1_000_000);

  constructor(options: WriteOptions, isDropping: boolean) {
    this.options = options;
    this.isDropping = isDropping;
    this.disk.makeDirectory('/data');
    this.start = this.disk.medium.copy();
    this.disk.operations.length = 0;
  }

  async run(): Promise<void> {
    for (let session = 0; session < 2; session++) {
      const process = this.disk.startProcess();
      const { random, clock, options } = this;
      const storageConfig = { ...options, fileSystem: process, random, clock };
      const store = await EventStore.open('store', { storageDirectory: '/data', storageConfig });
      store.on('error', () => undefined);
      const db = await notes.open(store);
      for (let round = 0; round < 3; round++) await this.round(store, db, round);
      // The first session is killed, so that the second one begins with unsynced data.
      if (session === 0) process.kill();
      else await db.close();
    }
  }

  private async round(store: EventStore, db: Awaited<ReturnType<typeof notes.open>>, round: number): Promise<void> {
    const { random } = this;
    for (let step = 0; step < 4; step++) {
      const key = `k${random.below(6)}`;
      void this.execute(db, random.below(4) === 0 ? { remove: key } : { put: { key, n: random.below(5) } }, 'flushed');
    }
    const blob = await db.blobs.put(new TextEncoder().encode(`blob ${this.commands.length} ${'x'.repeat(700)}`));
    await this.execute(db, { put: { key: `b${round}`, n: round, blob } }, round === 1 ? 'flushed' : 'durable');
    const inSnapshot = this.commands.length;
    const taking = db.snapshot();
    void this.execute(db, { put: { key: 'meanwhile', n: round } }, 'flushed');
    const { position } = await taking;
    this.mark({ inSnapshot, durable: Math.max(inSnapshot, this.marks.at(-1)!.durable) });
    if (this.isDropping) await store.drop({ before: position + 1 });
  }

  private async execute(
    db: Awaited<ReturnType<typeof notes.open>>,
    command: Command,
    acknowledge: 'flushed' | 'durable',
  ): Promise<void> {
    this.clock.setTime(this.clock.nowUs() + 1);
    this.commands.push(command);
    const executed = this.commands.length;
    // Before the call: its bytes may be on the disk before it returns.
    this.mark({ executed });
    if ('put' in command) await db.do.put(command.put, { acknowledge });
    else await db.do.remove(command.remove, { acknowledge });
    if (acknowledge === 'durable') this.mark({ durable: Math.max(executed, this.marks.at(-1)!.durable) });
  }

  private mark(change: Partial<Mark>): void {
    this.marks.push({ ...this.marks.at(-1)!, ...change, operations: this.disk.operations.length });
  }
}

/** The model after each number of commands, computed without any of the tested code. */
function contentsAfter(commands: readonly Command[]): Contents[] {
  const byKey = new Map<string, Note>();
  const all: Contents[] = [{ notes: [], count: 0 }];
  for (const [index, command] of commands.entries()) {
    if ('put' in command) byKey.set(command.put.key, command.put);
    else byKey.delete(command.remove);
    all.push({ notes: [...byKey.values()], count: index + 1 });
  }
  return all;
}

async function check(medium: Medium, mark: Mark, work: Work, expected: readonly Contents[]): Promise<void> {
  const disk = new SimulatedDisk(medium);
  const storageConfig = { ...work.options, fileSystem: disk.startProcess(), clock: new ManualClock(2_000_000) };
  const config = { storageDirectory: '/data', storageConfig: { ...storageConfig, random: new SeededRandom(7) } };
  let store: EventStore;
  try {
    store = new EventStore('store', config);
  } catch (error) {
    // A tear that looks like damage; the writer's own tests judge that.
    if (!hasErrorCode(error, 'CORRUPTION')) throw error;
    store = new EventStore('store', { ...config, storageConfig: { ...config.storageConfig, lock: LOCK_RECLAIM } });
  }
  const db = notes.prepare(store);
  const info = await db.restore();
  const { count } = db.model;
  if (count < mark.durable || count > mark.executed) throw new Error(`${count} commands, ${JSON.stringify(mark)}`);
  if (info.commands > count - mark.inSnapshot) throw new Error(`A promised snapshot is gone: ${JSON.stringify(info)}`);
  const found = { notes: [...db.model.notes], count };
  if (!isDeepStrictEqual(found, expected[count])) {
    throw new Error(`After ${count} commands: ${JSON.stringify(found)} instead of ${JSON.stringify(expected[count])}`);
  }
  for (const { blob } of db.model.notes) if (blob !== undefined) db.blobs.get(blob);
  await db.do.put({ key: 'later', n: 1 }, { acknowledge: 'durable' });
  await db.snapshot();
  await db.close();
  await store.close();
}

it.each([
  { what: 'a store that keeps everything', options: {}, isDropping: false },
  { what: 'a store that drops what its snapshots contain', options: { segmentBytes: 512 }, isDropping: true },
])(`survives power cuts in $what (seed ${seed})`, { timeout: 120_000 * effort }, async ({ options, isDropping }) => {
  const work = new Work(options, isDropping);
  await work.run();
  const expected = contentsAfter(work.commands);
  const random = new SeededRandom(seed);
  const seen = new Set<string>();
  let operations = 0;
  let states = 0;
  let checked = 0;
  for (const medium of replay(work.start, work.disk.operations)) {
    const mark = work.marks.findLast((each) => each.operations <= operations)!;
    for (const state of crashStates(medium, { random, randomStates: 2 * effort })) {
      states++;
      const identity = identityOf(state.medium, mark);
      if (seen.has(identity)) continue;
      seen.add(identity);
      if (seen.size % stride !== seed % stride) continue;
      checked++;
      try {
        await check(state.medium, mark, work, expected);
      } catch (error) {
        const operation = JSON.stringify(work.disk.operations[operations - 1])?.slice(0, 200);
        throw new Error(`Cut ${operations} behind ${operation}, ${state.description}: ${String(error)}`, {
          cause: error,
        });
      }
    }
    operations++;
  }
  console.log(
    `Power cuts from seed ${seed}: ${operations} operations, ${states} states, ${seen.size} different, ${checked} checked.`,
  );
  expect(checked).toBeGreaterThan(100);
});

function identityOf(medium: Medium, mark: Mark): string {
  const hash = createHash('sha1').update(`${mark.durable} ${mark.inSnapshot} ${mark.executed}`);
  for (const [path, file] of medium.files()) hash.update(`${path} ${file.sizeBytes} `).update(file.bytes);
  return hash.digest('base64');
}
