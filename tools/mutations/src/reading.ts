/** Lines of readers and consumers. */
import { core, type Mutation, removed, tests } from './mutation.ts';

export const reading: readonly Mutation[] = [
  {
    name: 'readers-know-the-history',
    promise: 'A reader takes a frame only when it belongs to the history that is visible.',
    file: `${core}/storage/event-reader.ts`,
    edits: [
      {
        from: `      if (storage.history.has(position, view.epoch)) return undefined;\n`,
        to: `      if (position > 0) return undefined;\n`,
      },
    ],
    tests: [`${tests}/spliced-files.test.ts`],
  },
  {
    name: 'readers-refuse-lower-epochs',
    promise: 'A reader does not follow an epoch that goes down.',
    file: `${core}/storage/read-only-storage.ts`,
    edits: removed(
      '    if (head.epoch < this.head.epoch) throw storeReplaced(this.followed, `it is an older copy, of epoch ${head.epoch}`);\n',
    ),
    tests: [`${tests}/reader-of-another-store.test.ts`, `${tests}/reader-over-writers.test.ts`],
  },
  {
    name: 'catalog-chain',
    promise: 'A spliced catalog shows.',
    file: `${core}/storage/readable-catalog.ts`,
    edits: removed(`      if (decoded.previous !== this.lastChecksum) throw this.brokenChain();\n`),
    tests: [`${tests}/spliced-files.test.ts`],
  },
  {
    name: 'catalog-record-of-this-stream',
    promise: 'A stream that the name index leads to is the one that was asked for.',
    file: `${core}/storage/catalog-records.ts`,
    edits: removed(` && record.id === id`),
    tests: [`${tests}/copied-catalog-records.test.ts`],
  },
  {
    name: 'catalog-records-in-their-places',
    promise: 'A record that the name index leads to follows the one before it.',
    file: `${core}/storage/catalog-records.ts`,
    edits: [
      { from: `if (previous === this.checksumAt(before))`, to: `if (previous === previous + 0 * (before ?? 0))` },
    ],
    tests: [`${tests}/copied-catalog-records.test.ts`],
  },
  {
    name: 'consumer-of-this-store',
    promise: 'A state that belongs to another store is refused.',
    file: `${core}/consumer/consumer-file.ts`,
    edits: [{ from: `    if (header.storeId !== this.place.storeId) {`, to: `    if (header.storeId === '') {` }],
    tests: [`${tests}/spliced-files.test.ts`],
  },
  {
    name: 'consumer-of-this-name',
    promise: 'A state that belongs to another consumer is refused.',
    file: `${core}/consumer/consumer-file.ts`,
    edits: [{ from: `    if (header.consumer !== undefined &&`, to: `    if (header.consumer === '' &&` }],
    tests: [`${tests}/files-of-others.test.ts`],
  },
  {
    name: 'consumer-slot-of-this-file',
    promise: 'A slot out of the file of another consumer is none of this one.',
    file: `${core}/format/consumer-record.ts`,
    edits: [
      { from: `slotSeed: isNamed ? sum : 0 };`, to: `slotSeed: 0 };` },
      { from: `  return readU32(header, consumerHeaderLayout.checksum);`, to: `  return readU32(header, 0) * 0;` },
    ],
    tests: [`${tests}/files-of-others.test.ts`],
  },
  {
    name: 'commit-ids-of-these-positions',
    promise: 'A file of commit ids under the name of another one is damaged.',
    file: `${core}/format/commit-id-run.ts`,
    edits: [{ from: `  return checksum(range, 0, range.length, seed);`, to: `  return checksum(range, 0, 0, seed);` }],
    tests: [`${tests}/files-of-others.test.ts`],
  },
  {
    name: 'consumer-of-this-history',
    promise: 'A state whose last event is not in the store any more is refused.',
    file: `${core}/consumer/consumer-source.ts`,
    edits: removed(`    if (result !== 'same') throw this.diverged(place.position, result.difference);\n`),
    tests: [`${tests}/dropped-history.test.ts`],
  },
  {
    name: 'consumer-saves-where-it-began',
    promise: 'A consumer whose files were taken away does not say that it has saved.',
    file: `${core}/consumer/consumer-file.ts`,
    edits: [{ from: `this.lockIdentity === undefined) return;`, to: `this.lockIdentity !== undefined) return;` }],
    tests: [`${tests}/removed-store.int.test.ts`],
  },
  {
    name: 'consumer-of-a-store-that-is-there',
    promise: 'A consumer makes no files in the place of a store that was removed or replaced.',
    file: `${core}/consumer/event-feed.ts`,
    edits: removed(`    assertSameStore(options.fileSystem, { directory, id: description.id, epoch });\n`),
    tests: [`${tests}/removed-store.int.test.ts`],
  },
  {
    name: 'one-consumer',
    promise: 'One process at a time runs a consumer.',
    file: `${core}/consumer/consumer-file.ts`,
    edits: [{ from: `    if (lock === undefined) throw this.inUse();\n`, to: '' }],
    tests: [`${tests}/one-consumer.int.test.ts`],
  },
  {
    name: 'trusted-matchers',
    promise: 'A stored function runs only when it was stored with the secret of the user.',
    file: `${core}/matcher/stored-matcher.ts`,
    edits: removed(
      `  if (!isFingerprintOf(fingerprint, fingerprintOf(name, source, secret))) throw untrusted(name);\n`,
    ),
    tests: [`${tests}/stored-matchers.test.ts`],
  },
  {
    name: 'obtained-streams-notice-a-loss',
    promise: 'A stream that was obtained before a loss gives no events of other streams.',
    file: `${core}/stream/event-stream.ts`,
    edits: removed(`    this.assertNotCutBack(high);\n`),
    tests: [`${tests}/reads-after-a-loss.test.ts`],
  },
  {
    name: 'covered-when-handled',
    promise: 'A consumer that is stopped in a batch has not handled the rest of it.',
    file: `${core}/consumer/consumer.ts`,
    edits: [
      {
        from: `await handled;\n        }\n        if (index === events.length) this.cover();`,
        to: `await handled;\n        }\n        this.cover();`,
      },
    ],
    tests: [`${tests}/consumers.test.ts`],
  },
  {
    name: 'late-indexes-are-awaited',
    promise: 'A consumer handles nothing before events that it cannot read yet.',
    file: `${core}/consumer/consumer-source.ts`,
    edits: removed(`    if (this.isAwaiting) return false;\n`),
    tests: [`${tests}/consumer-of-late-stream.test.ts`],
  },
];
