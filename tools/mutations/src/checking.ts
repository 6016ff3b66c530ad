/** Lines with which the check of a whole store finds damage, and with which a repair keeps what is intact. */
import { core, type Mutation, removed, tests, writer } from './mutation.ts';

const verify = `${tests}/verify.test.ts`;
const repair = `${tests}/repair.test.ts`;
const paths = `${tests}/paths.int.test.ts`;

export const checking: readonly Mutation[] = [
  {
    name: 'verify-chain',
    promise: 'A check follows the chain of frames.',
    file: `${core}/verify/segment-check.ts`,
    edits: removed(`    if (this.previous !== undefined && frame.previous !== this.previous) return unchained;\n`),
    tests: [verify],
  },
  {
    name: 'verify-positions',
    promise: 'A check compares each entry of the position index.',
    file: `${core}/verify/segment-check.ts`,
    edits: removed(`      this.checkEntry(position);\n`),
    tests: [verify],
  },
  {
    name: 'verify-runs',
    promise: 'A check compares index runs with frames.',
    file: `${core}/verify/frame-sums.ts`,
    edits: removed(`    frame.forEachLink((event, indexId) => addPosting(sum, indexId, position + event, 0));\n`),
    tests: [verify],
  },
  {
    name: 'verify-commit-ids',
    promise: 'A check compares commit ids with frames.',
    file: `${core}/verify/cross-check.ts`,
    edits: removed(`    if (isSameFingerprint(sum, this.idSums[number]!)) return;\n`),
    tests: [verify],
  },
  {
    name: 'verify-beyond-damage',
    promise: 'A check goes on behind damage.',
    file: `${core}/verify/damage-search.ts`,
    edits: [
      {
        from: 'this.byIndex(from, bounds, cursor) ?? this.byBytes(segment, from, bounds, cursor)',
        to: 'this.byBytes(segment, bounds.end, bounds, cursor)',
      },
    ],
    tests: [verify],
  },
  {
    name: 'repair-structures',
    promise: 'A repair keeps no event that needs a structure which the catalog has lost.',
    file: `${writer}/repair/repair-plan.ts`,
    edits: [{ from: 'mayLack ? knownTo(files)', to: 'false ? knownTo(files)' }],
    tests: [repair],
  },
  {
    name: 'repair-backfills',
    promise: 'What was made over events that are lost is told that they are.',
    file: `${writer}/open-for-writing.ts`,
    edits: removed(`    catalog.shortenBackfills(end.position);\n`),
    tests: [repair],
  },
  {
    name: 'repair-says-first',
    promise: 'What a repair takes away is written down.',
    file: `${writer}/repair/repair-store.ts`,
    edits: [{ from: '(event) => aside.keep(event)', to: '() => undefined' }],
    tests: [repair],
  },
  {
    name: 'no-links',
    promise: 'A writer refuses a store with symbolic links.',
    file: `${writer}/store-setup.ts`,
    edits: removed(`  assertNoLinks(fileSystem, directory);\n`),
    tests: [paths],
  },
];
