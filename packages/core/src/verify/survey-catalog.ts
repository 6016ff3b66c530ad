/**
 * Reads the whole catalog, record by record, and continues after damage: what is known of a store without trusting any name index.
 * Memory is bounded by the largest record, except for partitions, indexes and structures, which every reader keeps.
 */
import {
  type CatalogRecord,
  catalogRecordKinds,
  catalogRecordLayout,
  decodeCatalogRecord,
  type DecodedCatalogRecord,
  isSegmentsRecord,
  minCatalogRecordBytes,
  type SegmentsRecord,
} from '../format/catalog-record.ts';
import { readFrameLength } from '../format/frame.ts';
import { decodeFileHeader, fileHeaderBytes } from '../format/file-header.ts';
import { fileNames } from '../format/file-names.ts';
import { hashName } from '../format/name-index.ts';
import { type FileHandle, type FileSystem, openIfThere, readFully } from '../file-system/file-system.ts';
import type { EpochStart } from '../storage/epoch-starts.ts';
import { type Finding, finding } from './finding.ts';
import { Fingerprint, type FingerprintValue } from './fingerprint.ts';

/** Bytes that are read at a time; a longer record is read in one piece. */
const windowBytes = 1_048_576;

export interface CatalogSurvey {
  readonly findings: readonly Finding[];
  readonly sizeBytes: number;
  /** End of the last record before the first damage. */
  readonly wholeBytes: number;
  readonly partitions: ReadonlyMap<number, string>;
  readonly structures: readonly (readonly string[])[];
  readonly epochStarts: readonly EpochStart[];
  readonly segmentRecords: readonly SegmentsRecord[];
  readonly derivedIds: readonly number[];
  /** The last position that the backfill of each index covers, by the id of the index. */
  readonly backfills: ReadonlyMap<number, number>;
  readonly nextId: number;
  readonly streamCount: number;
  /** Sums over the streams up to each requested offset: hash of the name, id, offset of the record. */
  readonly nameSums: ReadonlyMap<number, { readonly count: number; readonly sum: FingerprintValue }>;
}

export interface SurveyOptions {
  /** Records after this offset may not be whole yet. */
  readonly until: number;
  /** Offsets for `nameSums`, ascending. */
  readonly sumsAt: readonly number[];
  /** Whether to stop at the first damage: the result is then that of a catalog that is cut off there. */
  readonly stopAtDamage?: boolean;
  /** Called with each stream. */
  readonly onStream?: (id: number, name: string) => void;
}

export function surveyCatalog(
  fileSystem: FileSystem,
  directory: string,
  seed: number,
  options: SurveyOptions,
): CatalogSurvey {
  const path = `${directory}/${fileNames.catalog}`;
  const survey = new Survey(path, options);
  const file = openIfThere(fileSystem, path);
  if (file === undefined) return survey.withoutFile();
  try {
    readRecords(file, seed, survey);
  } finally {
    file.close();
  }
  return survey.finish();
}

/** Adds one stream to a sum, in the same way for the catalog and for a name index. */
export function addName(sum: Fingerprint, hash: number, id: number, offset: number): void {
  sum.add(hash, id, offset);
}

class Survey {
  readonly path: string;
  readonly options: SurveyOptions;
  readonly findings: Finding[] = [];
  sizeBytes = 0;
  wholeBytes = 0;
  private readonly partitions = new Map<number, string>();
  private readonly structures: (readonly string[])[] = [];
  private readonly epochStarts: EpochStart[] = [];
  private readonly segmentRecords: SegmentsRecord[] = [];
  private readonly derivedIds = new Set<number>();
  private readonly backfills = new Map<number, number>();
  private readonly names = new Fingerprint();
  private readonly nameSums = new Map<number, { count: number; sum: FingerprintValue }>();
  private nextId = 1;
  private streamCount = 0;
  private sumsTaken = 0;

  constructor(path: string, options: SurveyOptions) {
    this.path = path;
    this.options = options;
  }

  take(record: CatalogRecord, offset: number): void {
    this.takeSums(offset);
    switch (record.kind) {
      case 'stream':
        this.streamCount++;
        addName(this.names, hashName(record.name), record.id, offset);
        this.options.onStream?.(record.id, record.name);
        break;
      case 'partition':
        this.partitions.set(record.id, record.name);
        return;
      case 'structure':
        this.structures[record.id] = record.keys;
        return;
      case 'epoch':
        this.epochStarts.push({ epoch: record.id, after: record.after });
        return;
      case 'index':
        this.derivedIds.add(record.id);
        this.takeBackfill(record.id, record.metadata?.['backfill']);
        break;
      case 'indexRemoved':
        this.backfills.delete(record.id);
        return;
      default:
        if (isSegmentsRecord(record)) this.segmentRecords.push(record);
        return;
    }
    if (record.id > this.nextId) this.damage(offset, `the ids from ${this.nextId} to ${record.id - 1} are missing`);
    this.nextId = Math.max(this.nextId, record.id + 1);
  }

  private takeBackfill(id: number, last: unknown): void {
    if (typeof last === 'number' && last > 0) this.backfills.set(id, last);
    else this.backfills.delete(id);
  }

  damage(offset: number, reason: string): void {
    const { path, findings } = this;
    findings.push(
      finding('CATALOG', { path, offset }, `The record at byte ${offset} of ${path} is damaged: ${reason}.`),
    );
  }

  /** Whether records from this offset on are no longer promised to be whole. */
  isPastPromise(offset: number): boolean {
    return offset >= this.options.until;
  }

  withoutFile(): CatalogSurvey {
    const { path } = this;
    if (this.options.until > 0) this.findings.push(finding('CATALOG', { path }, `The catalog ${path} is missing.`));
    return this.finish();
  }

  finish(): CatalogSurvey {
    this.takeSums(Infinity);
    const { findings, sizeBytes, wholeBytes, partitions, structures, epochStarts, segmentRecords } = this;
    const { nextId, streamCount, nameSums, backfills } = this;
    const derivedIds = [...this.derivedIds];
    const known = {
      partitions,
      structures,
      epochStarts,
      segmentRecords,
      derivedIds,
      nextId,
      streamCount,
      nameSums,
      backfills,
    };
    return { findings, sizeBytes, wholeBytes, ...known };
  }

  private takeSums(offset: number): void {
    const { sumsAt } = this.options;
    for (; this.sumsTaken < sumsAt.length && sumsAt[this.sumsTaken]! <= offset; this.sumsTaken++) {
      this.nameSums.set(sumsAt[this.sumsTaken]!, { count: this.streamCount, sum: this.names.value });
    }
  }
}

function readRecords(file: FileHandle, seed: number, survey: Survey): void {
  const sizeBytes = file.sizeBytes();
  survey.sizeBytes = sizeBytes;
  const window = new CatalogWindow(file, sizeBytes);
  const head = window.at(0, fileHeaderBytes);
  const header = decodeFileHeader(head, head.length, 'catalog', seed);
  if (typeof header === 'string' && survey.options.until > 0) survey.damage(0, `its header is not whole (${header})`);
  if (typeof header === 'string' && survey.options.stopAtDamage === true) return;
  let previous: number | undefined = typeof header === 'string' ? undefined : 0;
  let offset = fileHeaderBytes;
  let isWhole = typeof header !== 'string';
  survey.wholeBytes = isWhole ? fileHeaderBytes : 0;
  while (offset < sizeBytes) {
    const decoded = window.decode(offset, seed);
    if (typeof decoded === 'string') {
      if (survey.isPastPromise(offset)) return;
      survey.damage(offset, decoded);
      if (survey.options.stopAtDamage === true) return;
      isWhole = false;
      previous = undefined;
      const next = window.search(offset + 1, seed);
      if (next === undefined) return;
      offset = next;
      continue;
    }
    if (previous !== undefined && decoded.previous !== previous) {
      survey.damage(offset, 'it does not follow the one before it');
      if (survey.options.stopAtDamage === true) return;
      isWhole = false;
    }
    survey.take(decoded.record, offset);
    previous = decoded.checksum;
    offset = decoded.end;
    if (isWhole) survey.wholeBytes = offset;
  }
  if (offset < survey.options.until) {
    survey.damage(offset, `the file ends here, and the head needs ${survey.options.until} bytes of it`);
  }
}

/** A window that slides over the file. */
class CatalogWindow {
  private readonly file: FileHandle;
  private readonly sizeBytes: number;
  private bytes = new Uint8Array(0);
  private start = 0;

  constructor(file: FileHandle, sizeBytes: number) {
    this.file = file;
    this.sizeBytes = sizeBytes;
  }

  /** Up to `length` bytes from `offset` on. */
  at(offset: number, length: number): Uint8Array {
    const end = Math.min(this.sizeBytes, offset + length);
    if (offset < this.start || end > this.start + this.bytes.length) this.slide(offset, end - offset);
    return this.bytes.subarray(offset - this.start, Math.max(offset, end) - this.start);
  }

  /** The record at `offset`, with its end as an offset in the file. */
  decode(offset: number, seed: number): DecodedCatalogRecord | string {
    const length = this.lengthAt(offset);
    const bytes = this.at(offset, Math.max(length, minCatalogRecordBytes));
    const decoded = decodeCatalogRecord(bytes, 0, bytes.length, seed);
    return typeof decoded === 'string' ? decoded : { ...decoded, end: offset + decoded.end };
  }

  /** Offset of the next whole record, from `from` on. */
  search(from: number, seed: number): number | undefined {
    // Bytes made to look like records must not take forever.
    let budget = 64 * (this.sizeBytes + windowBytes);
    for (let offset = from; offset + minCatalogRecordBytes <= this.sizeBytes; offset++) {
      const kind = this.at(offset, minCatalogRecordBytes)[catalogRecordLayout.kind]!;
      if (kind < catalogRecordKinds.stream || kind > catalogRecordKinds.epoch) continue;
      const length = this.lengthAt(offset);
      if (length < minCatalogRecordBytes || offset + length > this.sizeBytes) continue;
      budget -= length;
      if (budget < 0) return undefined;
      if (typeof this.decode(offset, seed) !== 'string') return offset;
    }
    return undefined;
  }

  /** Frames and records have their length in the same place. */
  private lengthAt(offset: number): number {
    const bytes = this.at(offset, minCatalogRecordBytes);
    return bytes.length < minCatalogRecordBytes ? 0 : readFrameLength(bytes, 0);
  }

  private slide(offset: number, length: number): void {
    this.start = offset;
    const bytes = new Uint8Array(Math.min(this.sizeBytes - offset, Math.max(windowBytes, length)));
    this.bytes = bytes.subarray(0, readFully(this.file, bytes, 0, bytes.length, offset));
  }
}
