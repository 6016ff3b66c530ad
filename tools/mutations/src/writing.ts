/** Lines of the writer: the order of its steps, and who may write. */
import { core, crashes, type Mutation, removed, tests, writer } from './mutation.ts';

export const writing: readonly Mutation[] = [
  {
    name: 'data-before-head',
    promise: 'Frames and index are written before the head tells of them.',
    file: `${writer}/writable-storage.ts`,
    edits: [
      { from: `      this.steps.writeBuffers();\n      const [indexed`, to: `      const [indexed` },
      {
        from: `indexed, hasCommitIds });\n`,
        to: `indexed, hasCommitIds });\n      this.steps.writeBuffers();\n`,
      },
    ],
    tests: [`${tests}/write-order.test.ts`],
  },
  {
    name: 'sync-before-durable',
    promise: 'A commit is called durable after a sync.',
    file: `${writer}/group-sync.ts`,
    edits: removed(`        await input.files.syncLater();\n`),
    tests: crashes,
  },
  {
    name: 'sync-covers-what-was-written-before',
    promise: 'A sync makes durable what was written before it began, and nothing that came since.',
    file: `${writer}/group-sync.ts`,
    edits: [
      {
        from: `        const target = input.flushedPosition();\n        await input.files.syncLater();\n`,
        to: `        await input.files.syncLater();\n        const target = input.flushedPosition();\n`,
      },
    ],
    tests: [...crashes, `${tests}/commit.test.ts`],
  },
  {
    name: 'sync-of-names',
    promise: 'The name of a new file is synced with its bytes.',
    file: `${writer}/dirty-files.ts`,
    edits: removed(
      `    for (const directory of directories) this.input.context.fileSystem.syncDirectory(directory);\n`,
    ),
    tests: crashes,
  },
  {
    name: 'sync-of-catalog',
    promise: 'What frames refer to in the catalog is durable when they are.',
    file: `${writer}/write-steps.ts`,
    edits: removed(`    if (catalog.file.needsSync) dirtyFiles.add(catalog.file);\n`),
    tests: crashes,
  },
  {
    name: 'sync-when-settling',
    promise: 'What is to be durable at once is synced before the head says so.',
    file: `${writer}/write-steps.ts`,
    edits: [
      {
        from: `      dirtyFiles.sync();\n      publication.assertOwn();\n      publication.publish({ durable,`,
        to: `      publication.assertOwn();\n      publication.publish({ durable,`,
      },
    ],
    tests: [...crashes, `${tests}/drop.test.ts`, `${tests}/derived-streams.test.ts`, `${tests}/reindex.test.ts`],
  },
  {
    name: 'failed-sync-poisons',
    promise: 'A failed sync ends the writer.',
    file: `${writer}/group-sync.ts`,
    edits: removed(`      if (!input.isOver()) input.failed(error);\n`),
    tests: [`${tests}/io-errors.test.ts`],
  },
  {
    name: 'failed-write-poisons',
    promise: 'A failed write ends the writer.',
    file: `${writer}/failure-latch.ts`,
    edits: [{ from: `throw hasErrorCode(error, 'DISK_FULL') ? error : this.poison(error);`, to: 'throw error;' }],
    tests: [`${tests}/io-errors.test.ts`],
  },
  {
    name: 'close-tells-of-lost-commits',
    promise: 'A store whose last commits are lost is not closed as if all were well.',
    file: `${writer}/writer-end.ts`,
    edits: removed(`    failure.assertTold();\n`),
    tests: [`${tests}/writer-life.test.ts`],
  },
  {
    name: 'short-write-is-cut-back',
    promise: 'A short write is taken back to the last good length.',
    file: `${writer}/write-file.ts`,
    edits: [{ from: `      this.handle?.truncate(this.length);\n`, to: '' }],
    tests: [`${tests}/disk-full.test.ts`, `${tests}/io-errors.test.ts`],
  },
  {
    name: 'fence-epoch',
    promise: 'A writer that was replaced by another does not write.',
    file: `${writer}/writer-fence.ts`,
    edits: [{ from: `    if (found <= epoch) return;\n`, to: `    if (found > 0) return;\n` }],
    tests: [`${tests}/old-writer.int.test.ts`],
  },
  {
    name: 'fence-identity',
    promise: 'A writer whose files were replaced does not write into the new ones.',
    file: `${writer}/writer-fence.ts`,
    edits: removed(`    else if (identity !== this.headIdentity) throw replaced(head.path, 'was replaced');\n`),
    tests: [`${tests}/old-writer.int.test.ts`],
  },
  {
    name: 'operating-system-lock',
    promise: 'The operating system lets one process write.',
    file: `${core}/file-system/sqlite-lock.ts`,
    edits: [{ from: `; BEGIN EXCLUSIVE'`, to: `'` }],
    tests: [`${tests}/one-writer.int.test.ts`],
  },
  {
    name: 'expected-version',
    promise: 'A commit whose expected version is not that of the stream is refused.',
    file: `${writer}/event-store.ts`,
    edits: removed(`      throw new OptimisticConcurrencyError(stream, expectedVersion, version);\n`),
    tests: [`${tests}/contract.test.ts`],
  },
  {
    name: 'durable-never-back',
    promise: 'The durable position never goes back.',
    file: `${writer}/group-sync.ts`,
    edits: [{ from: `Math.max(target, input.durablePosition())`, to: `target` }],
    tests: [`${tests}/durable-promises.test.ts`],
  },
  {
    name: 'no-change-inside-a-change',
    promise: 'A function that the store calls while it changes cannot change it.',
    file: `${writer}/committer.ts`,
    edits: removed(`    this.isChanging = true;\n`),
    tests: [`${tests}/misuse.test.ts`, `${tests}/commit-inside-commit.test.ts`],
  },
];
