/** The stores that are damaged, and what each of them is for. */
import { makeConsumers } from './saved-states.ts';
import type { Recipe, Workshop } from './specimens.ts';

const secret = 'secret of the specimens';

/** Opened three times; killed, closed, killed: epochs, and the head and catalog of a writer that did not close. */
async function makeInEpochs(work: Workshop): Promise<void> {
  work.open();
  work.store.createEventStream('moved', { type: 'Moved' });
  await work.commit(9);
  work.store.createEventStream('thirds', (event) => Number(event['n']) % 3 === 0);
  await work.commit(4);
  await work.kill();
  work.open();
  await work.commit(8);
  await work.close();
  work.open();
  work.store.createEventStream('late', { n: { $gt: 6 } });
  await work.commit(5);
  await work.makeDurable();
}

async function makeShort(work: Workshop): Promise<void> {
  work.open();
  await work.commit(11);
  await work.close();
  work.open();
  await work.commit(5);
  await work.close();
}

/** Enough streams for a name index. Reading begins after them, or each case would take as long as 50 others. */
async function makeManyNames(work: Workshop): Promise<void> {
  work.open();
  await work.commit(8);
  for (let stream = 1; stream <= 1024; stream++) work.store.commit(`stream-${stream}`, { stream });
  await work.close();
  work.firstPosition = work.durable + 1;
  work.open();
  await work.commit(8);
  await work.close();
}

const indexed = { eventsPerIndexRun: 8, indexTypes: true, tagsAccessor: 'tags', hmacSecret: secret } as const;

export const recipes: readonly Recipe[] = [
  {
    name: 'indexes and epochs',
    writeOptions: indexed,
    derived: ['moved', 'thirds', 'late'],
    make: makeInEpochs,
  },
  { name: 'closed', writeOptions: { eventsPerIndexRun: 1000 }, make: makeShort },
  {
    name: 'made in one go',
    make: async (work) => {
      work.open();
      await work.commit(12);
      await work.close();
    },
  },
  {
    name: 'JSON, zstd, partition per stream',
    writeOptions: { serializer: 'json', compression: 'zstd', partitioner: 'perStream' },
    make: makeShort,
  },
  {
    name: 'deflate, four partitions',
    writeOptions: { compression: 'deflate', partitioner: 'hashed(4)', eventsPerIndexRun: 4 },
    make: makeShort,
  },
  {
    name: 'serializer of its own',
    writeOptions: { serializer: { serialize: JSON.stringify, deserialize: parse } },
    readOptions: { serializer: { serialize: JSON.stringify, deserialize: parse } },
    make: makeShort,
  },
  {
    name: 'archived and dropped',
    writeOptions: { ...indexed, segmentBytes: 600 },
    make: async (work) => {
      work.open();
      await work.commit(20);
      await work.makeDurable();
      const { firstPosition } = await work.store.drop({ before: 6 });
      work.firstPosition = firstPosition;
      await work.store.archive({ before: 14, to: '/archive' });
      await work.commit(3);
      await work.close();
    },
  },
  {
    name: 'files elsewhere',
    writeOptions: { ...indexed, dataDirectory: '/elsewhere/data', indexDirectory: '/elsewhere/index' },
    make: makeShort,
  },
  {
    name: 'consumers and dead letters',
    writeOptions: { tagsAccessor: 'tags' },
    // Other specimens cover the other files.
    targets: /\/consumers\//,
    make: async (work) => {
      work.open();
      await work.commit(6);
      await makeConsumers(work);
      await work.close();
    },
  },
  {
    name: 'many names',
    writeOptions: { eventsPerIndexRun: 1032 },
    targets: /\/(names-\d+\.idx|catalog|store\.json)$/,
    make: makeManyNames,
  },
  {
    name: 'redo log',
    writeOptions: { partitioner: 'perStream', redoLogBytes: 16_384 },
    // Other specimens cover the other files.
    targets: /\/(redo|head|[^/]*\.seg)$/,
    make: async (work) => {
      work.open();
      for (let round = 0; round < 9; round++) await work.commitTogether();
      await work.commit(2);
      await work.kill();
    },
  },
  {
    name: 'not durable to the end',
    make: async (work) => {
      work.open();
      await work.commit(5);
      await work.makeDurable();
      await work.commit(6);
      await work.kill();
    },
  },
];

function parse(text: string | Buffer): unknown {
  return JSON.parse(String(text)) as unknown;
}
