/** Lines that distinguish written bytes from any others. */
import { core, type Mutation, removed, tests } from './mutation.ts';

export const frames: readonly Mutation[] = [
  {
    name: 'frame-checksum',
    promise: 'The checksum of a frame is compared on every read.',
    file: `${core}/format/frame.ts`,
    edits: removed(
      `    if (checksum(bytes, start + frameLayout.length, end, seed, view) !== this.checksum) return 'checksum';\n`,
    ),
    tests: [`${core}/format/frame.test.ts`],
  },
  {
    name: 'frame-checksum-covers-length',
    promise: 'The checksum of a frame covers its length.',
    file: `${core}/format/frame.ts`,
    edits: [
      {
        from: 'checksum(target, at + frameLayout.length, at + frameBytes',
        to: 'checksum(target, at + frameLayout.previous, at + frameBytes',
      },
      {
        from: 'checksum(bytes, start + frameLayout.length, end',
        to: 'checksum(bytes, start + frameLayout.previous, end',
      },
    ],
    tests: [`${core}/format/frame.test.ts`, `${core}/format/format-doc.test.ts`],
  },
  {
    name: 'zero-length',
    promise: 'A length of zero is no frame.',
    file: `${core}/format/frame.ts`,
    edits: removed(`    if (length < minFrameBytes) return 'length';\n`),
    tests: [`${core}/format/frame.test.ts`],
  },
  {
    name: 'head-checksum',
    promise: 'A slot of the head counts only when it matches its checksum.',
    file: `${core}/format/head.ts`,
    edits: removed(
      `  if (checksum(bytes, at + headLayout.kind, at + headSlotBytes, seed) !== sum) return undefined;\n`,
    ),
    tests: [`${core}/format/head.test.ts`],
  },
  {
    name: 'newer-head',
    promise: 'Of two whole slots of the head the newer one counts.',
    file: `${core}/format/head.ts`,
    edits: [{ from: 'return first.sequence > second.sequence ? first : second;', to: 'return first;' }],
    tests: [`${core}/format/head.test.ts`],
  },
  {
    name: 'postings-checksum',
    promise: 'The postings of an index run are compared with their checksum: no stream is quietly shorter.',
    file: `${core}/format/run.ts`,
    edits: [
      {
        from: `  return checksum(bytes, 0, lengthBytes, seed) === sum;`,
        to: `  return checksum(bytes, 0, lengthBytes, seed) !== sum + 1;`,
      },
    ],
    tests: [`${core}/format/run.test.ts`, `${tests}/damaged-indexes.test.ts`],
  },
  {
    name: 'run-directory-checksum',
    promise: 'So is the directory of the run.',
    file: `${core}/format/run.ts`,
    edits: removed(` else if (checksum(bytes, 0, lengthBytes, seed) !== header.directoryChecksum) return undefined;`),
    tests: [`${core}/format/run.test.ts`, `${tests}/damaged-indexes.test.ts`],
  },
  {
    name: 'consumer-checksum',
    promise: 'A state that is damaged is never taken.',
    file: `${core}/format/consumer-record.ts`,
    edits: removed(
      `  if (checksum(bytes, at + consumerSlotLayout.length, at + length, slotSeed) !== sum) return undefined;\n`,
    ),
    tests: [`${core}/format/consumer-record.test.ts`],
  },
];
