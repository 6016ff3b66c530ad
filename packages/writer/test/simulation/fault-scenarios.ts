/** What a store is doing while calls of it fail: each scenario by name, with its starting point. */
import { ReadOnlyEventStore } from '@varve/core';
import { type Fate, ManualClock, type Medium, SimulatedDisk, type SimulatedFile } from '@varve/core/testing';
import { byTime, hashed, LOCK_RECLAIM, type WriteOptions } from '../../src/index.ts';
import { commitsFound, commitsShown, type ModelCommit } from './commits-found.ts';
import { counted, countingConsumer } from './counting-consumer.ts';
import { type FaultCase, FaultyRun, type Script } from './faulty-run.ts';
import { openStore } from './power-cut.ts';
import { dataDirectory, emptyDisk, storeName } from './recorded-run.ts';
import { byType } from './workloads.ts';

/** Where a scenario starts: a new store, or one that was left in this way. */
type Start = 'new' | 'closed' | 'killed' | 'without power' | 'torn';

export interface FaultScenario {
  readonly name: string;
  readonly start: Start;
  readonly options: WriteOptions;
  readonly script: Script;
  /** What happened to the store before, if it is not new. @default steady */
  readonly before?: Script;
}

const steady: Script = async (run) => {
  run.commit('orders', [{ type: 'placed', n: 1 }]);
  run.commit('people-1', [
    { type: 'moved', n: 2 },
    { type: 'a', n: 3, note: 'x'.repeat(200) },
  ]);
  await run.tick();
  await run.commitDurably('orders', [{ type: 'closed', n: 4 }]);
  for (let n = 5; n < 8; n++) run.commit(`people-${n % 2}`, [{ type: 'bb', n, [`shape${n}`]: n }]);
  await run.tick();
};

/** Commits to several partitions at a time, which wait for the redo log after a while. */
const together: Script = async (run) => {
  for (let n = 0; n < 24; n += 3) {
    run.commit('orders', [{ type: 'placed', n }]);
    run.commit('people-1', [{ type: 'moved', n: n + 1 }]);
    await run.commitDurably('log', [{ type: 'a', n: n + 2 }]);
  }
};

const briefly: Script = async (run) => {
  run.commit('orders', [{ type: 'ccc', n: 9 }]);
  await run.tick();
};

const jointly: Script = async (run) => {
  run.commitAll({ stream: 'one', events: [{ type: 'a' }] }, { stream: 'two', events: [{ type: 'bb' }, { type: 'a' }] });
  await run.tick();
  run.commitAll({ stream: 'three', events: [{ type: 'ccc' }] }, { stream: 'one', events: [{ type: 'a' }] });
  await run.commitDurably('two', [{ type: 'bb' }]);
};

const withIds: Script = async (run) => {
  for (let n = 0; n < 4; n++) {
    run.commit('orders', [{ type: 'a', n }], { commitId: `id-${n}` });
    await run.tick();
  }
  await run.commitDurably('orders', [{ type: 'a', n: 9 }]);
};

const inRuns: Script = async (run) => {
  for (let n = 0; n < 10; n++) {
    run.commit(`stream-${n % 2}`, [{ type: 'a', n }]);
    await run.tick();
  }
};

const derives: Script = async (run) => {
  await steady(run, run.disk.startProcess());
  run.store.createEventStream('of-a', { type: 'a' });
  run.commit('orders', [{ type: 'a', n: 10 }]);
  await run.tick();
  run.store.deleteEventStream('of-a');
  run.store.closeEventStream('orders');
  await run.commitDurably('people-1', [{ type: 'a', n: 11 }]);
};

/** Twelve events in single commits, in segments of a few each. */
const segments: Script = async (run) => {
  for (let n = 0; n < 12; n++) run.commit(`stream-${n % 2}`, [{ type: 'a', n, note: 'x'.repeat(40) }]);
  await run.tick();
};

const archives: Script = async (run, process) => {
  await segments(run, process);
  await run.settle(run.store.archive({ before: 8, to: '/archive' }));
  await run.commitDurably('stream-0', [{ type: 'a', n: 12 }]);
};

const drops: Script = async (run, process) => {
  await segments(run, process);
  await run.settle(run.store.drop({ before: 8 }));
  await run.commitDurably('stream-0', [{ type: 'a', n: 12 }]);
};

const archivesAndDrops: Script = async (run, process) => {
  await segments(run, process);
  await run.settle(run.store.archive({ before: 10, to: '/archive' }));
  await run.settle(run.store.drop({ before: 6 }));
};

function consumes(isDurable: boolean): Script {
  return async (run, process) => {
    await steady(run, process);
    const consumer = countingConsumer(run.store, isDurable);
    const running = consumer.run((event) => consumer.setState((state) => counted(state, event)));
    const reached = consumer.waitFor(run.store.storage.publishedPosition).then(() => consumer.stop());
    await run.settle(Promise.all([running, reached]));
  };
}

const becomesReader: Script = async (run, process) => {
  await steady(run, process);
  await run.settle(run.store.makeReadOnly());
  commitsShown(run.store, run.accepted);
};

const reindexes: Script = async (run, process) => {
  await steady(run, process);
  run.store.storage.reindex(0);
  await run.commitDurably('orders', [{ type: 'a', n: 12 }]);
};

const oneAfterAnother: Script = async (run, process) => {
  await briefly(run, process);
  await run.reopen(process);
  await briefly(run, process);
  await run.reopen(process);
  await run.commitDurably('orders', [{ type: 'a' }]);
};

/** Another process reads: what it shows is right, or it says what it could not read. */
const beingRead: Script = async (run, process) => {
  const config = { storageDirectory: dataDirectory, fileSystem: process, clock: new ManualClock(), watch: false };
  const reader = new ReadOnlyEventStore(storeName, config);
  reader.on('error', (error) => run.errors.push(error));
  try {
    await steady(run, process);
    reader.storage.poll();
    commitsShown(reader, run.accepted);
  } finally {
    reader.storage.close();
  }
};

function scenario(name: string, start: Start, options: WriteOptions = {}, script: Script = steady): FaultScenario {
  return { name, start, options, script };
}

const withRedoLog: WriteOptions = { partitioner: 'perStream', redoLogBytes: 8192 };

export const faultScenarios: readonly FaultScenario[] = [
  scenario('a new store', 'new'),
  scenario('a store that was closed', 'closed'),
  scenario('a store whose writer was killed', 'killed'),
  scenario('a store whose machine lost its power', 'without power'),
  scenario('a store with a torn tail', 'torn'),
  scenario('the recovery of segments', 'killed', { segmentBytes: 300 }, briefly),
  scenario('the recovery of many partitions', 'killed', { partitioner: 'perStream' }, briefly),
  scenario('the recovery of index runs', 'without power', { eventsPerIndexRun: 2 }, briefly),
  scenario('the recovery of types and ids', 'killed', { indexTypes: true }, withIds),
  scenario('a repair', 'torn', { lock: LOCK_RECLAIM }, briefly),
  scenario('segments that roll', 'new', { segmentBytes: 300 }),
  scenario('a partition per stream', 'closed', { partitioner: 'perStream' }),
  scenario('a partition per category', 'new', { partitioner: 'perCategory' }),
  scenario('hashed partitions', 'new', { partitioner: hashed(2) }),
  scenario('a partition per day', 'new', { partitioner: byTime('day') }),
  scenario('commits spread over partitions', 'new', { partitioner: byType, segmentBytes: 400 }),
  scenario('few open files', 'new', { partitioner: 'perStream', maxOpenFiles: 1, readCacheBytes: 1 }),
  scenario('commits to several streams', 'closed', { partitioner: 'perStream' }, jointly),
  scenario('commit ids', 'closed', {}, withIds),
  scenario('index runs', 'closed', { eventsPerIndexRun: 3 }),
  scenario('merges of index runs', 'new', { eventsPerIndexRun: 1 }, inRuns),
  scenario('types and tags', 'new', { indexTypes: true, tagsAccessor: 'tags' }),
  scenario('derived streams', 'closed', {}, derives),
  scenario('segments archived', 'new', { segmentBytes: 300 }, archives),
  scenario('segments dropped', 'new', { segmentBytes: 300 }, drops),
  scenario('archived segments dropped', 'new', { segmentBytes: 300 }, archivesAndDrops),
  scenario('a consumer that saves durably', 'new', {}, consumes(true)),
  scenario('a consumer that does not', 'closed', {}, consumes(false)),
  scenario('a reader beside the writer', 'closed', { segmentBytes: 400 }, beingRead),
  scenario('a writer made a reader', 'closed', {}, becomesReader),
  scenario('reindexing', 'closed', { eventsPerIndexRun: 3 }, reindexes),
  scenario('one writer after another', 'new', {}, oneAfterAnother),
  scenario('a redo log', 'new', withRedoLog, together),
  scenario('the redo log of the writer before', 'closed', withRedoLog, together),
  { ...scenario('the recovery from a redo log', 'without power', withRedoLog, briefly), before: together },
  scenario('compressed frames', 'new', { compression: 'deflate', serializer: 'json' }),
  scenario('synced on every flush', 'closed', { syncOnFlush: true, partitioner: 'perStream' }),
  scenario('written commit by commit', 'new', { maxWriteBufferDocuments: 1 }),
  scenario('a small write buffer', 'new', { writeBufferSize: 100 }),
  scenario('files in directories of their own', 'new', { dataDirectory: '/fast', indexDirectory: '/small' }),
];

const noFault: FaultCase = { name: 'none', kinds: [], fault: { code: 'EIO' }, isLasting: false };

/** The store in which the scenario begins. */
export async function startOf({ start, options, before = steady }: FaultScenario): Promise<FaultyRun> {
  if (start === 'new') return new FaultyRun(emptyDisk(), options);
  const { lock: _lock, ...made } = options;
  const first = new FaultyRun(emptyDisk(), made);
  let left = first.disk.medium;
  let { durable } = first;
  await first.run(noFault, 0, async (current, process) => {
    await before(current, process);
    await current.commitDurably('orders', [{ type: 'a', n: 20 }]);
    ({ durable } = current);
    current.commit('orders', [{ type: 'late', note: 'x'.repeat(700) }]);
    await current.tick();
    left = leftBy(start, current.disk.medium);
  });
  if (start === 'closed') return begun(first.disk.medium, first.accepted, { options, durable: first.durable });
  return begun(left, first.accepted, { options, durable });
}

/** What this start leaves on the disk. */
function leftBy(start: Start, medium: Medium): Medium {
  if (start === 'killed') return medium.copy();
  if (start === 'without power') return medium.crashed(0, (file) => file.crashed(() => 'drop'));
  const segments = new Set(medium.files().flatMap(([path, file]) => (path.endsWith('.seg') ? [file] : [])));
  const torn = (file: SimulatedFile, isLast: boolean): Fate =>
    segments.has(file) && isLast ? { sectors: (sector) => sector === 0 } : 'keep';
  return medium.crashed(medium.unsyncedNames, (file) =>
    file.crashed((_change, index, count) => torn(file, index === count - 1)),
  );
}

/** A run that begins with this disk, and with those of the commits that are on it. */
function begun(
  medium: Medium,
  commits: readonly ModelCommit[],
  { options, durable }: { readonly options: WriteOptions; readonly durable: number },
): FaultyRun {
  const run = new FaultyRun(new SimulatedDisk(medium), options);
  const { lock: _lock, ...made } = options;
  const store = openStore(new SimulatedDisk(medium.copy()), made);
  const found = commitsFound(store, commits);
  store.storage.close();
  run.accepted.push(...commits.slice(0, found));
  run.flushed = found;
  run.durable = durable;
  return run;
}
