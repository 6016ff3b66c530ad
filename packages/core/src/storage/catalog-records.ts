/**
 * Single records of the catalog, read at the offsets that the name index gives. The records between are not read, so each
 * record is also checked for being the one that belongs there: a copy of another record is intact, too.
 */
import {
  type CatalogRecord,
  catalogRecordChecksum,
  decodeCatalogRecord,
  type DecodedCatalogRecord,
} from '../format/catalog-record.ts';
import type { BlockCache } from './block-cache.ts';
import { blockBytes, CachedFile } from './cached-file.ts';
import type { OtherRecord } from './name-table.ts';
import { damagedRecord } from './names-in-catalog.ts';
import { readRange } from './read-range.ts';
import type { NamedEntry } from './readable-catalog.ts';

/** Bytes that are read at first for a record; nearly all are shorter. */
const likelyRecordBytes = 256;

export class CatalogRecords {
  private readonly cache: BlockCache;
  private readonly seed: number;
  private readonly file: CachedFile;

  constructor({ cache, seed }: { readonly cache: BlockCache; readonly seed: number }, path: string) {
    this.cache = cache;
    this.seed = seed;
    this.file = new CachedFile(path);
  }

  /** The stream with this id. */
  stream(offset: number, id: number): NamedEntry {
    const { record } = this.read(offset);
    if (record.kind === 'stream' && record.id === id) return record;
    throw damagedRecord(this.file.path, offset, 'it is not the stream that the name index says');
  }

  /** A record that is not a stream. */
  other({ offset, before }: OtherRecord): CatalogRecord {
    const { record, previous } = this.read(offset);
    if (previous === this.checksumAt(before)) return record;
    throw damagedRecord(this.file.path, offset, 'it does not follow the one before it');
  }

  /** Forgets cached bytes, because the file may have been replaced. */
  forgetCached(): void {
    this.cache.forget(this.file);
  }

  /** The checksum that the record at `offset` holds; 0 where there is none. */
  private checksumAt(offset: number | undefined): number {
    const bytes = offset === undefined ? undefined : readRange(this.cache, this.file, offset, 4);
    return bytes?.length === 4 ? catalogRecordChecksum(bytes) : 0;
  }

  /** Reads one record through the cache, and checks it. */
  private read(offset: number): DecodedCatalogRecord {
    const { cache, seed, file } = this;
    const blockIndex = Math.floor(offset / blockBytes);
    const inBlock = offset - blockIndex * blockBytes;
    const block = cache.read(file, blockIndex, Math.min(blockBytes, inBlock + likelyRecordBytes));
    const { bytes: slab, start, view } = block;
    let decoded = decodeCatalogRecord(slab, start + inBlock, start + block.length, seed, view);
    // The record spans blocks. It is nearly always as short as the others, so that little is copied for it.
    for (const length of [likelyRecordBytes, Infinity]) {
      if (decoded !== 'short') break;
      const bytes = readRange(cache, file, offset, length);
      decoded = decodeCatalogRecord(bytes, 0, bytes.length, seed);
    }
    if (typeof decoded === 'string') throw damagedRecord(file.path, offset, decoded);
    return decoded;
  }
}
