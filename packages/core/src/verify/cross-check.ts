/**
 * Combines what the pieces of a check have found: segments that must follow one another, positions that no frame has, and the
 * contents of index files, which must match the frames.
 */
import { commitIdsFileName, fileNames, partitionFolderName } from '../format/file-names.ts';
import { hasErrorCode, systemErrorCode } from '../errors.ts';
import { ifThere } from '../file-system/if-there.ts';
import { runPath } from '../storage/find-runs.ts';
import { IndexRun } from '../storage/index-run.ts';
import { ReadablePartition } from '../storage/readable-partition.ts';
import type { CheckReport } from './check-tasks.ts';
import { CommitIdReader } from './commit-id-reader.ts';
import { type Finding, finding } from './finding.ts';
import { type FingerprintValue, isSameFingerprint, joinFingerprints } from './fingerprint.ts';
import type { VersionRange } from './frame-sums.ts';
import type { RunReport } from './run-check.ts';
import type { SegmentReport } from './segment-check.ts';
import type { SharedProgress } from './shared-progress.ts';
import type { StoreSurvey } from './store-survey.ts';

/** Positions that no whole frame has. */
export interface PositionRange {
  readonly from: number;
  readonly to: number;
}

type SegmentSummary = Omit<SegmentReport, 'sums' | 'findings'>;

const nothing: FingerprintValue = [0, 0];

export class CrossCheck {
  private readonly survey: StoreSurvey;
  private readonly progress: SharedProgress;
  private readonly report: (found: Finding) => void;
  private readonly segments: SegmentSummary[] = [];
  private readonly runSums: FingerprintValue[];
  private readonly idSums: FingerprintValue[];
  private readonly tail = new Map<number, VersionRange>();
  private readonly runReports: RunReport[] = [];
  /** Archived segments that are not there. */
  private readonly unavailable: SegmentSummary[] = [];
  /** Ranges of positions that a damaged frame is known to have had. */
  private readonly explained: { readonly from: number; readonly to: number }[] = [];
  frames = 0;
  events = 0;

  constructor(survey: StoreSurvey, progress: SharedProgress, report: (found: Finding) => void) {
    this.survey = survey;
    this.progress = progress;
    this.report = report;
    this.runSums = survey.runs.map(() => nothing);
    this.idSums = survey.store.commitIds.map(() => nothing);
  }

  take(report: CheckReport): void {
    if (report.kind === 'segments') {
      for (const segment of report.segments) this.takeSegment(segment);
      return;
    }
    for (const found of report.findings) this.report(found);
    this.runReports.push(report);
  }

  /** To be called when all pieces have reported. */
  finish(): PositionRange[] {
    const missing = this.findMissing();
    this.checkSegmentOrder(missing.length > 0);
    const areRunsRight = this.checkRuns();
    if (missing.length === 0 && areRunsRight) this.checkTailVersions();
    this.checkDroppedIndexes();
    return missing;
  }

  /** Compares a file of commit ids with the frames in its range. */
  compareIds(number: number, sum: FingerprintValue | undefined): void {
    const { store } = this.survey;
    const range = store.commitIds[number]!;
    if (sum === undefined || !CommitIdReader.canRead(store) || !this.hasAll(range)) return;
    if (isSameFingerprint(sum, this.idSums[number]!)) return;
    const path = `${store.indexDirectory}/${fileNames.commitIds}/${commitIdsFileName(range.base, range.last)}`;
    this.report(finding('COMMIT_IDS', { path }, `The commit ids ${path} are not those of the frames.`));
  }

  private takeSegment({ sums, findings, ...summary }: SegmentReport): void {
    for (const found of findings) {
      this.report(found);
      if (found.code === 'ARCHIVE_MISSING') this.unavailable.push(summary);
      if (found.code === 'FRAME' && found.position !== undefined) {
        this.explained.push({ from: found.position, to: found.lastPosition! });
      }
    }
    this.segments.push(summary);
    this.frames += summary.frames;
    this.events += summary.events;
    for (const [number, sum] of sums.runs.entries()) {
      this.runSums[number] = joinFingerprints(this.runSums[number]!, sum);
    }
    for (const [number, sum] of sums.ids.entries()) this.idSums[number] = joinFingerprints(this.idSums[number]!, sum);
    for (const [id, range] of sums.tail) {
      const before = this.tail.get(id);
      this.tail.set(id, {
        first: Math.min(before?.first ?? range.first, range.first),
        last: Math.max(before?.last ?? 0, range.last),
        count: (before?.count ?? 0) + range.count,
      });
    }
  }

  private findMissing(): PositionRange[] {
    const { store, files, promised } = this.survey;
    const { firstPosition } = files.context.segmentRecords;
    const missing: PositionRange[] = [];
    for (const range of this.progress.missing(firstPosition, store.visible)) missing.push(...this.unexcused(range));
    if (promised > store.visible) missing.push({ from: store.visible + 1, to: promised });
    for (const range of missing) {
      if (this.explained.some(({ from, to }) => from <= range.from && to >= range.to)) continue;
      const path = this.pathOf(range.from);
      const { from: position, to: lastPosition } = range;
      const text = from(position, lastPosition);
      this.report(
        finding('EVENTS_MISSING', { path, position, lastPosition }, `No whole frame has ${text} of ${path}.`),
      );
    }
    return missing;
  }

  /** The parts of the range that are not in archived segments that are not there. */
  private *unexcused({ from, to }: PositionRange): Generator<PositionRange, undefined> {
    if (this.unavailable.length === 0) {
      yield { from, to };
      return undefined;
    }
    let start = from;
    for (let position = from; position <= to; position++) {
      if (!this.isUnavailable(position)) continue;
      if (start < position) yield { from: start, to: position - 1 };
      start = position + 1;
    }
    if (start <= to) yield { from: start, to };
    return undefined;
  }

  private isUnavailable(position: number): boolean {
    const location = { partitionId: 0, offset: 0 };
    if (!ifThere(() => this.survey.files.positions.locate(position, location), false)) return false;
    return this.unavailable.some(({ partition, baseOffset, endOffset }) => {
      return partition.id === location.partitionId && baseOffset <= location.offset && location.offset < endOffset;
    });
  }

  /**
   * Path of the segment that has the position according to the position index; else the folder of its partition, or of
   * all partitions.
   */
  private pathOf(position: number): string {
    const { files, partitions, store } = this.survey;
    const location = { partitionId: 0, offset: 0 };
    const isLocated = ifThere(() => files.positions.locate(position, location), false);
    const partition = isLocated ? partitions.find(({ id }) => id === location.partitionId) : undefined;
    const parent = `${store.dataDirectory}/${fileNames.partitions}`;
    if (partition === undefined) return parent;
    const segment = this.segments.findLast(({ partition: { id }, baseOffset }) => {
      return id === partition.id && baseOffset <= location.offset;
    });
    // After an archived segment that is not there, another one is missing.
    const isKnown = segment !== undefined && !this.unavailable.includes(segment);
    return isKnown ? segment.path : `${parent}/${partitionFolderName(partition.id, partition.name)}`;
  }

  private checkSegmentOrder(isIncomplete: boolean): void {
    const byPartition = Map.groupBy(this.segments, ({ partition }) => partition.id);
    for (const [id, unordered] of byPartition) {
      const segments = unordered.sort((left, right) => left.baseOffset - right.baseOffset);
      this.checkFirst(id, segments[0]!);
      for (const [number, segment] of segments.entries()) {
        const next = segments[number + 1];
        // Bytes at the very end, after everything visible, are no finding: the next writer cuts them off.
        if (segment.tail !== undefined && (next !== undefined || isIncomplete)) this.report(segment.tail);
        if (next !== undefined) this.checkFollows(segment, next);
      }
    }
  }

  private checkFirst(id: number, first: SegmentSummary): void {
    const beginning = this.survey.files.context.segmentRecords.beginningOf(id);
    const { path, baseOffset, previous } = first;
    if (baseOffset > beginning.offset) {
      const message = `The segments before ${path} are missing: the partition begins at offset ${beginning.offset}.`;
      this.report(finding('SEGMENT', { path, offset: 0 }, message));
    } else if (previous !== undefined && baseOffset === beginning.offset && previous !== beginning.previous) {
      this.report(finding('CHAIN', { path, offset: 0 }, `The segment ${path} does not follow what was before it.`));
    }
  }

  private checkFollows(segment: SegmentSummary, next: SegmentSummary): void {
    const { path } = next;
    if (segment.isComplete && segment.endOffset !== next.baseOffset) {
      const found = `the one before it ends at ${segment.endOffset}`;
      this.report(finding('SEGMENT', { path, offset: 0 }, `The segment ${path} does not begin where ${found}.`));
    }
    const isKnown = segment.isComplete && segment.lastChecksum !== undefined && next.previous !== undefined;
    const isBehind = next.frames > 0 && next.lastEpoch < segment.lastEpoch;
    if ((isKnown && segment.lastChecksum !== next.previous) || isBehind) {
      this.report(finding('CHAIN', { path, offset: 0 }, `The segment ${path} does not follow ${segment.path}.`));
    }
  }

  /** Stops at the first wrong run: the versions in later ones are counted from it. */
  private checkRuns(): boolean {
    const { runs, store } = this.survey;
    for (const { run, sum } of this.runReports.sort((left, right) => left.run.base - right.run.base)) {
      const number = runs.findIndex(({ base, last }) => run.onlyIndex === 0 && base === run.base && last === run.last);
      if (sum === undefined || number < 0 || !this.hasAll(run)) continue;
      if (isSameFingerprint(sum, this.runSums[number]!)) continue;
      const path = runPath(store.indexDirectory, run);
      const text = from(run.base + 1, run.last);
      const message = `The index run ${path} is not what the frames of ${text} say.`;
      this.report(finding('INDEX_RUN', { path, position: run.base + 1, lastPosition: run.last }, message));
      return false;
    }
    return true;
  }

  /** Whether all events in the range that were not dropped were seen: else there is nothing to compare. */
  private hasAll({ base, last }: { readonly base: number; readonly last: number }): boolean {
    const { store, files } = this.survey;
    const first = Math.max(base + 1, files.context.segmentRecords.firstPosition);
    return this.progress.missing(first, Math.min(last, store.visible)).next().done === true;
  }

  /** After the last run, the versions of a stream continue those in the runs without a gap. */
  private checkTailVersions(): void {
    const { files, runs, store } = this.survey;
    const opened: IndexRun[] = [];
    try {
      for (const name of runs) opened.push(new IndexRun(files.context, runPath(store.indexDirectory, name)));
      for (const [id, { first, last, count }] of this.tail) {
        const before = opened.reduce((sum, run) => sum + run.count(id), 0);
        if (first === before + 1 && last - first + 1 === count) continue;
        const path = `${store.dataDirectory}/${fileNames.partitions}`;
        const found = `${count} events with versions ${first} to ${last}, after ${before}`;
        const message = `The versions of the stream with the id ${id} are not consecutive: it has ${found}.`;
        this.report(finding('STREAM_VERSION', { path }, message));
      }
    } catch (error) {
      // A damaged run is a finding of its own; one that was merged meanwhile is no finding.
      if (!hasErrorCode(error, 'CORRUPTION') && systemErrorCode(error) !== 'ENOENT') throw error;
    } finally {
      for (const run of opened) run.close();
    }
  }

  /** Of dropped events, the index runs are all that is left. */
  private checkDroppedIndexes(): void {
    const { files, runs, store } = this.survey;
    const { firstPosition } = files.context.segmentRecords;
    const covered = runs.at(-1)?.last ?? 0;
    if (covered + 1 >= firstPosition) return;
    const path = `${store.indexDirectory}/${fileNames.indexes}`;
    const place = { path, position: covered + 1, lastPosition: firstPosition - 1 };
    const message = `No index run in ${path} covers ${from(covered + 1, firstPosition - 1)}, which were dropped.`;
    this.report(finding('DROPPED_INDEX', place, message));
  }
}

/** Returns partitions by id, each of them opened once. */
export function partitionsById(survey: StoreSurvey): (id: number) => ReadablePartition | undefined {
  const opened = new Map<number, ReadablePartition>();
  return (id) => {
    const known = opened.get(id);
    const entry = survey.partitions.find((each) => each.id === id);
    if (known !== undefined || entry === undefined) return known;
    const partition = new ReadablePartition(survey.files.context, id, entry.name);
    opened.set(id, partition);
    return partition;
  };
}

function from(first: number, last: number): string {
  return first === last ? `position ${first}` : `positions ${first} to ${last}`;
}
