/** Lines of recovery and of opening for writing. */
import { crashes, type Mutation, removed, tests, writer } from './mutation.ts';

export const recovery: readonly Mutation[] = [
  {
    name: 'frame-chain',
    promise: 'Recovery follows the checksums from frame to frame: spliced files show.',
    file: `${writer}/recovery/frame-walker.ts`,
    edits: removed(`    if (this.frame.previous !== this.previous) return this.stop('chain');\n`),
    tests: [`${tests}/spliced-files.test.ts`],
  },
  {
    name: 'segment-chain',
    promise: 'A segment continues the one before it, as its header and its first frame both say.',
    file: `${writer}/recovery/frame-walker.ts`,
    edits: [
      { from: `header.previous === this.previous;`, to: `header.previous >= 0;` },
      { from: `this.frame.previous !== this.previous`, to: `this.frame.previous < 0` },
    ],
    tests: [`${tests}/spliced-files.test.ts`],
  },
  {
    name: 'epoch-never-down-in-recovery',
    promise: 'A frame of an older writer behind one of a newer writer is not accepted.',
    file: `${writer}/recovery/recovery.ts`,
    edits: [{ from: ' || frame.epoch < epoch', to: '' }],
    tests: [`${tests}/recovery.test.ts`, `${tests}/one-writer.int.test.ts`],
  },
  {
    name: 'epoch-is-raised',
    promise: 'Each opening raises the epoch.',
    file: `${writer}/open-for-writing.ts`,
    edits: [{ from: `epoch: head.epoch + 1, hasCommitIds`, to: `epoch: head.epoch, hasCommitIds` }],
    tests: [`${tests}/recovery.test.ts`, `${tests}/writer-life.test.ts`],
  },
  {
    name: 'epoch-is-synced',
    promise: 'The new epoch is on the medium before the first append.',
    file: `${writer}/open-for-writing.ts`,
    edits: removed(`    writer.sync();\n`),
    tests: crashes,
  },
  {
    name: 'durable-events-are-never-cut',
    promise: 'Recovery refuses a store that lost events below the durable position.',
    file: `${writer}/recovery/recovery.ts`,
    edits: removed(`  if (found.position < input.head.durable) throw lostDurable(input, walks, found.position);\n`),
    tests: [`${tests}/spliced-files.test.ts`],
  },
  {
    name: 'only-torn-tails-are-cut',
    promise: 'A damaged frame with a good one behind it is not cut off.',
    file: `${writer}/recovery/recovery.ts`,
    edits: removed(
      `  for (const walk of faulty) assertCutIsTornTail(input, walk, lost.get(walk.walker.partition.id));\n`,
    ),
    tests: [`${tests}/recovery.test.ts`],
  },
  {
    name: 'torn-tail-is-cut',
    promise: 'A torn tail is cut off before anything is appended.',
    file: `${writer}/recovery/recovery.ts`,
    edits: removed(`    cutPartition(input.files.context, walk.walker.partition, walk.end.offset);\n`),
    tests: [...crashes, `${tests}/recovery.test.ts`],
  },
  {
    name: 'what-is-cut-is-kept',
    promise: 'What recovery cuts off is kept aside.',
    file: `${writer}/recovery/cut.ts`,
    edits: removed(`    keepBytes(context, partition, segment, Math.max(0, keep));\n`),
    tests: [`${tests}/recovery.test.ts`],
  },
  {
    name: 'recovered-is-durable',
    promise: 'What recovery found behind the durable position is on the medium before it counts as durable.',
    file: `${writer}/recovery/recovery.ts`,
    edits: removed(`    makeDurable(input, walk);\n`),
    tests: crashes,
  },
  {
    name: 'commit-is-whole',
    promise: 'A commit is there as a whole or not at all.',
    file: `${writer}/recovery/recovery.ts`,
    edits: [{ from: `    if (frame.endsCommit) {\n`, to: `    if (frame.count > 0) {\n` }],
    tests: [...crashes, `${tests}/recovery.test.ts`],
  },
  {
    name: 'merged-runs-are-durable',
    promise: 'An index run takes the place of others when all that it covers is durable.',
    file: `${writer}/runs/run-keeper.ts`,
    edits: [{ from: `.filter((run) => run.header.last <= this.durable)`, to: `` }],
    tests: [`${tests}/power-cut-while-merging.test.ts`],
  },
  {
    name: 'merged-ids-are-durable',
    promise: 'A file of commit ids takes the place of others when all that it covers is durable.',
    file: `${writer}/commit-ids/commit-ids.ts`,
    edits: [
      {
        from: `runs.findLastIndex((run) => run.last <= durablePosition) + 1`,
        to: `durablePosition < 0 ? 0 : runs.length`,
      },
    ],
    tests: [`${tests}/power-cut-while-merging.test.ts`],
  },
  {
    name: 'nothing-over-missing-events',
    promise: 'Nothing is written to a partition that lacks its end.',
    file: `${writer}/recovery/partition-ends.ts`,
    edits: removed(`    if (missing !== undefined) throw endMissing(partition, end.offset, missing);\n`),
    tests: [`${tests}/promoted-copies.test.ts`],
  },
];
