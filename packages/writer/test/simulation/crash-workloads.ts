/**
 * The runs that are crashed at every moment: each kind exercises one part of the store, in few commits, because the number of
 * states grows with the square of what was not synced. Everything that is not the point of a kind is left to chance.
 */
import type { SeededRandom } from '@varve/core/testing';
import { byTime, hashed, type WriteOptions } from '../../src/index.ts';
import { RecordedRun } from './recorded-run.ts';
import { byType, randomWork, steadyWork, workAfterCrashes } from './workloads.ts';

export interface CrashWorkload {
  readonly name: string;
  readonly record: (random: SeededRandom) => Promise<RecordedRun>;
}

const streams = ['orders-1', 'orders-2', 'people-1', 'log'];
const types = ['a', 'bb', 'ccc'];

/** One to three events, some of them with a shape that has not occurred before. */
function someEvents(random: SeededRandom, mostBytes = 60): object[] {
  return Array.from({ length: random.chance(0.6) ? 1 : random.between(2, 3) }, () => ({
    type: random.pick(types),
    n: random.below(1000),
    ...(random.chance(0.2) ? { [`shape${random.below(30)}`]: random.below(9) } : {}),
    ...(random.chance(0.3) ? { note: random.hex(random.below(mostBytes)) } : {}),
  }));
}

/** Creates a store, and keeps it in a run. */
async function begin(options: WriteOptions, random: SeededRandom): Promise<RecordedRun> {
  const run = new RecordedRun(options, random.below(2 ** 30));
  run.open();
  if (random.chance(0.5)) await run.commitDurably(random.pick(streams), someEvents(random));
  return run;
}

/** A few commits to any streams; one in three is awaited until it is durable. */
async function commitSome(run: RecordedRun, random: SeededRandom, count: number, mostBytes?: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const stream = random.pick(streams);
    if (random.chance(0.35)) await run.commitDurably(stream, someEvents(random, mostBytes), { by: index });
    else run.commit(stream, someEvents(random, mostBytes));
    if (random.chance(0.5)) await run.tick();
  }
  await run.tick();
}

/** Closes the store or kills its writer, and opens it again. */
async function reopen(run: RecordedRun, random: SeededRandom): Promise<void> {
  if (random.chance(0.5)) await run.close();
  else run.kill();
  run.open();
}

/** A kind of work that differs only in its options. */
function withOptions(name: string, options: WriteOptions, mostBytes?: number): CrashWorkload {
  return {
    name,
    record: async (random) => {
      const run = await begin(options, random);
      await commitSome(run, random, 6, mostBytes);
      await reopen(run, random);
      await commitSome(run, random, 3, mostBytes);
      return run;
    },
  };
}

function scripted(
  name: string,
  options: WriteOptions,
  script: (run: RecordedRun, random: SeededRandom) => Promise<void>,
): CrashWorkload {
  return {
    name,
    record: async (random) => {
      const run = await begin(options, random);
      await script(run, random);
      return run;
    },
  };
}

const joint = async (run: RecordedRun, random: SeededRandom): Promise<void> => {
  for (let index = 0; index < 5; index++) {
    const [first, second, third] = streams.map((stream) => ({ stream, events: someEvents(random) }));
    const { durable } = random.chance(0.5) ? run.commitAll(first!, second!) : run.commitAll(third!, first!, second!);
    void durable.catch(() => undefined);
    await run.tick();
    if (random.chance(0.3)) await commitSome(run, random, 1);
  }
};

const manyNames = async (run: RecordedRun, random: SeededRandom): Promise<void> => {
  for (let index = 0; index < 8; index++) {
    run.commit(`stream-${index}`, [{ type: `type${index}`, n: index, [`field${index}`]: index }], { by: index });
    if (random.chance(0.5)) await run.tick();
    if (random.chance(0.2)) await run.commitDurably('log', someEvents(random));
    if (random.chance(0.1)) await reopen(run, random);
  }
  await run.tick();
};

const withIds = async (run: RecordedRun, random: SeededRandom): Promise<void> => {
  for (let index = 0; index < 7; index++) {
    const metadata = { commitId: `id-${index}` };
    if (random.chance(0.3)) await run.commitDurably(random.pick(streams), someEvents(random), metadata);
    else run.commit(random.pick(streams), someEvents(random), metadata);
    if (random.chance(0.5)) await run.tick();
    if (random.chance(0.15)) await reopen(run, random);
  }
  await run.tick();
};

function consumed(isDurable: boolean): (run: RecordedRun, random: SeededRandom) => Promise<void> {
  return async (run, random) => {
    for (let index = 0; index < 3; index++) {
      await commitSome(run, random, 2);
      await run.consume(isDurable);
      if (random.chance(0.3)) await reopen(run, random);
    }
  };
}

/** Single events, so that segments end at as many places as possible. */
async function commitCounted(run: RecordedRun, count: number): Promise<void> {
  for (let n = 1; n <= count; n++) run.commit(streams[n % 3]!, [{ type: 'a', n, note: 'x'.repeat(40) }]);
  await run.tick();
}

const archived = async (run: RecordedRun, random: SeededRandom): Promise<void> => {
  await commitCounted(run, 12);
  const archive = run.archive(8, '/archive');
  if (random.chance(0.5)) await commitSome(run, random, 1);
  await archive;
  await commitSome(run, random, 2);
};

const dropped = async (run: RecordedRun, random: SeededRandom): Promise<void> => {
  await commitCounted(run, 12);
  if (random.chance(0.3)) await run.archive(6, '/archive');
  await run.drop(random.between(5, 9));
  await commitSome(run, random, 2);
  if (random.chance(0.3)) await reopen(run, random);
};

/** The eighth index run, with which all are merged, comes when some of what they cover was dropped. */
const droppedInRuns = async (run: RecordedRun, random: SeededRandom): Promise<void> => {
  for (let times = 0; times < 5; times++) await commitCounted(run, 2);
  await run.drop(random.between(3, 9));
  await commitSome(run, random, 4);
};

const derived = async (run: RecordedRun, random: SeededRandom): Promise<void> => {
  await commitSome(run, random, 2);
  for (const type of types) {
    run.derive(type);
    await commitSome(run, random, 2);
    if (random.chance(0.2)) await reopen(run, random);
  }
};

const nextWriters = async (run: RecordedRun, random: SeededRandom): Promise<void> => {
  for (let index = 0; index < 4; index++) {
    await commitSome(run, random, random.below(3));
    await reopen(run, random);
  }
  await commitSome(run, random, 1);
};

const madeReadOnly = async (run: RecordedRun, random: SeededRandom): Promise<void> => {
  for (let index = 0; index < 2; index++) {
    await commitSome(run, random, 2);
    await run.makeReadOnly();
    run.open();
  }
  await commitSome(run, random, 2);
};

/** Each day in a partition of its own. */
const days = async (run: RecordedRun, random: SeededRandom): Promise<void> => {
  for (let index = 0; index < 4; index++) {
    await commitSome(run, random, 2);
    run.clock.setTime(run.clock.nowUs() + 86_400_000_000);
    if (random.chance(0.2)) await reopen(run, random);
  }
};

/** Commits to several partitions in each turn, which wait for the redo log once there is one. */
async function commitTogether(
  run: RecordedRun,
  random: SeededRandom,
  turns: number,
  mostBytes?: number,
): Promise<void> {
  for (let turn = 0; turn < turns; turn++) {
    for (const stream of streams.slice(0, random.between(1, 3))) run.commit(stream, someEvents(random, mostBytes));
    if (random.chance(0.85)) await run.commitDurably(random.pick(streams), someEvents(random, mostBytes));
    else await run.tick();
  }
  await run.tick();
}

/** Halves of few pages, which are filled again and again. */
function withRedoLog(name: string, options: WriteOptions, mostBytes?: number): CrashWorkload {
  return scripted(name, { partitioner: 'perStream', redoLogBytes: 8192, ...options }, async (run, random) => {
    await commitTogether(run, random, random.between(5, 8), mostBytes);
    if (random.chance(0.6)) await reopen(run, random);
    await commitTogether(run, random, random.between(0, 5), mostBytes);
  });
}

/** The life of a machine that loses its power now and then. */
function crashedBefore(name: string, options: WriteOptions): CrashWorkload {
  return { name, record: (random) => workAfterCrashes({ ...options, writeBufferSize: 2000 }, random, 6) };
}

/** Where events go, and how they are written. */
const partitionWorkloads: readonly CrashWorkload[] = [
  withOptions('one shared log', {}),
  withOptions('a partition per stream', { partitioner: 'perStream' }),
  withOptions('a partition per category', { partitioner: 'perCategory' }),
  withOptions('hashed partitions', { partitioner: hashed(2) }),
  scripted('a partition per day', { partitioner: byTime('day') }, days),
  withOptions('commits spread over partitions', { partitioner: byType }),
  withOptions('segments that roll', { segmentBytes: 300 }),
  withOptions('partitions in segments', { partitioner: byType, segmentBytes: 300 }),
  withOptions('large events', {}, 1200),
  scripted('commits to several streams', { partitioner: 'perStream' }, joint),
  withOptions('compressed frames', { compression: 'deflate', serializer: 'json' }, 400),
  withOptions('synced on every flush', { syncOnFlush: true, segmentBytes: 600 }),
  withOptions('written commit by commit', { maxWriteBufferDocuments: 1 }),
];

/** What is kept beside the events. */
const indexWorkloads: readonly CrashWorkload[] = [
  withOptions('index runs and their merges', { eventsPerIndexRun: 1 }),
  withOptions('index runs of three', { eventsPerIndexRun: 3, indexTypes: true }),
  scripted('names, types and shapes', { indexTypes: true }, manyNames),
  scripted('commit ids', {}, withIds),
  scripted('derived streams', { eventsPerIndexRun: 4 }, derived),
  scripted('a consumer that saves durably', {}, consumed(true)),
  scripted('a consumer that does not', {}, consumed(false)),
];

/** What happens to a store during its life. */
const lifeWorkloads: readonly CrashWorkload[] = [
  scripted('segments archived', { segmentBytes: 300 }, archived),
  scripted('segments dropped', { segmentBytes: 300, eventsPerIndexRun: 5 }, dropped),
  scripted('segments dropped, and index runs merged', { segmentBytes: 300, eventsPerIndexRun: 1 }, droppedInRuns),
  scripted('one writer after another', {}, nextWriters),
  scripted('writers made readers', {}, madeReadOnly),
  { name: 'steady work', record: (random) => steadyWork({}, random.below(2 ** 30)) },
  { name: 'any work', record: (random) => randomWork({ writeBufferSize: 2000 }, random, 12) },
  crashedBefore('work after crashes', {}),
  crashedBefore('work after crashes, in segments and runs', { segmentBytes: 500, eventsPerIndexRun: 3 }),
  crashedBefore('work after crashes, over partitions', { partitioner: byType }),
];

/** Durable commits that wait for the redo log. */
const redoWorkloads: readonly CrashWorkload[] = [
  withRedoLog('a redo log of two pages', {}),
  withRedoLog('a redo log of eight pages', { redoLogBytes: 32_768 }),
  withRedoLog('a redo log, over segments that roll', { segmentBytes: 300 }),
  withRedoLog('a redo log of one partition', { partitioner: 'shared', redoLogBytes: 65_536 }, 3000),
  crashedBefore('work after crashes, with a redo log', { partitioner: 'perStream', redoLogBytes: 8192 }),
];

export const crashWorkloads = {
  partitions: partitionWorkloads,
  indexes: indexWorkloads,
  life: lifeWorkloads,
  redo: redoWorkloads,
} as const;

export const allCrashWorkloads: readonly CrashWorkload[] = Object.values(crashWorkloads).flat();
