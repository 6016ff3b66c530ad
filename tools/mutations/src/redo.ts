/** Lines of the redo log: what durable commits wait for, and what recovery reads from it. */
import { core, type Mutation, removed, tests, writer } from './mutation.ts';

const redoTests = [
  `${tests}/redo-log.test.ts`,
  `${tests}/redo-log-recovery.test.ts`,
  `${tests}/crash-states-of-redo-log.test.ts`,
];

export const redo: readonly Mutation[] = [
  {
    name: 'redo-record-checksum',
    promise: 'A record of the redo log counts only when it matches its checksum.',
    file: `${core}/format/redo-record.ts`,
    edits: removed(`  if (checksum(bytes, at + redoRecordLayout.kind, end, seed) !== sum) return undefined;\n`),
    tests: [`${core}/format/redo-record.test.ts`],
  },
  {
    name: 'redo-is-synced',
    promise: 'A commit of which the redo log has the bytes is called durable after a sync of the log.',
    file: `${writer}/dirty-files.ts`,
    edits: [{ from: `Promise.all([redo?.syncLater(), `, to: `Promise.all([` }],
    tests: redoTests,
  },
  {
    name: 'redo-beside-what-it-lacks',
    promise: 'What the redo log has not is synced where it is.',
    file: `${writer}/dirty-files.ts`,
    edits: [
      {
        from: `    (isTaken ? this.inNextRecord : files).add(file);\n`,
        to: `    if (redo === undefined) files.add(file);\n    else if (isTaken) this.inNextRecord.add(file);\n`,
      },
    ],
    tests: redoTests,
  },
  {
    name: 'redo-has-no-headers',
    promise: 'The header of a new segment, which the redo log has not, is synced before its frames are durable.',
    file: `${writer}/dirty-files.ts`,
    edits: [{ from: `file.syncedBytes > 0 && `, to: `` }],
    tests: redoTests,
  },
  {
    name: 'redo-half-is-not-needed',
    promise: 'A half of the redo log is written over when the segments have durably what it says.',
    file: `${writer}/dirty-files.ts`,
    edits: removed(`    await this.settled();\n`),
    tests: redoTests,
  },
  {
    name: 'redo-segments-are-synced',
    promise: 'The segments of which a half of the redo log has the bytes are synced.',
    file: `${writer}/dirty-files.ts`,
    edits: removed(`      await syncAll(files, maxSyncsBeside, this.input.isOver);\n`),
    tests: redoTests,
  },
  {
    name: 'redo-given-up',
    promise: 'When the redo log cannot be written any more, the segments are synced of which it had something.',
    file: `${writer}/dirty-files.ts`,
    edits: [
      {
        from: `      for (const file of this.inRedo) this.files.add(file);\n      this.inRedo.clear();\n      this.forget`,
        to: `      this.inRedo.clear();\n      this.forget`,
      },
    ],
    tests: redoTests,
  },
  {
    name: 'redo-is-replayed',
    promise: 'Recovery writes to the segments what they lack of the redo log.',
    file: `${writer}/recovery/replay-redo-log.ts`,
    edits: removed(`    writeFully(handle, bytes, 0, bytes.length, at);\n`),
    tests: redoTests,
  },
  {
    name: 'redo-that-the-head-names',
    promise:
      'Records count only when they are of the log whose number the head has: not of another writer, nor bytes of an event.',
    file: `${core}/format/redo-record.ts`,
    edits: [{ from: `  return checksum(bytes, 0, bytes.length, storeSeed);\n`, to: `  return storeSeed;\n` }],
    tests: [...redoTests, `${core}/format/redo-record.test.ts`],
  },
  {
    name: 'redo-number-is-synced',
    promise: 'The head has the number of the redo log, durably, before a commit counts on the log.',
    file: `${writer}/write-steps.ts`,
    edits: [{ from: `    publication.publish({ redo });\n    publication.sync();\n`, to: `` }],
    tests: redoTests,
  },
  {
    name: 'redo-that-is-damaged',
    promise: 'A store that lacks what a damaged record of the redo log had is refused.',
    file: `${writer}/recovery/replay-redo-log.ts`,
    edits: [{ from: `isWhole(records, newest) ? 0`, to: `records.length > 0 ? 0` }],
    tests: redoTests,
  },
  {
    name: 'redo-is-taken-before-repair',
    promise: 'A repair loses nothing that the redo log has.',
    file: `${writer}/repair/repair-store.ts`,
    edits: removed(`    if (options.dryRun !== true) this.redo();\n`),
    tests: redoTests,
  },
];
