/**
 * Checks one segment: its header, each frame with checksum, chain, epoch and clock, what frames refer to, and the entries of
 * the position index that lead to them. Continues after damage. What other files (index runs, commit ids) repeat of the frames
 * is returned as sums, which do not grow with the history.
 */
import { plainMessageOf, withoutStop } from '../error-data.ts';
import { decodeFileHeader, fileHeaderBytes } from '../format/file-header.ts';
import type { FrameCheck, FrameView } from '../format/frame.ts';
import { readFully } from '../file-system/file-system.ts';
import { ifThere } from '../file-system/if-there.ts';
import { FrameCursor } from '../storage/frame-cursor.ts';
import { knowsStructures } from '../storage/knows-structures.ts';
import type { ReadablePartition, Segment } from '../storage/readable-partition.ts';
import type { CheckFiles } from './checked-store.ts';
import { type CommitIdReader } from './commit-id-reader.ts';
import { type DamagedRange, DamageSearch } from './damage-search.ts';
import { type Finding, finding } from './finding.ts';
import { FrameSums, type SegmentSums } from './frame-sums.ts';
import type { SharedProgress } from './shared-progress.ts';

/** Frames that are checked before other work gets a turn. */
const framesPerStep = 4096;

export interface SegmentTask {
  readonly partition: { readonly id: number; readonly name: string };
  readonly baseOffset: number;
}

export interface SegmentReport extends SegmentTask {
  readonly path: string;
  readonly findings: readonly Finding[];
  /** Checksum of the frame before the segment, as the header gives it; undefined when the header is damaged. */
  readonly previous: number | undefined;
  /** End of the last frame that was checked, and that frame's checksum; undefined when there is damage at the end. */
  readonly endOffset: number;
  readonly lastChecksum: number | undefined;
  /** False when something follows that is damaged, or not visible. */
  readonly isComplete: boolean;
  readonly lastEpoch: number;
  /** Bytes at the end that are not a frame, and are followed by none. */
  readonly tail: Finding | undefined;
  readonly frames: number;
  readonly events: number;
  readonly sizeBytes: number;
  readonly sums: SegmentSums;
}

export class SegmentCheck {
  private readonly files: CheckFiles;
  private readonly partition: ReadablePartition;
  private readonly segment: Segment;
  private readonly progress: SharedProgress;
  private readonly findings: Finding[] = [];
  private readonly cursor = new FrameCursor();
  private readonly sums: FrameSums;
  private readonly search: DamageSearch;
  private readonly isReadable: (frame: FrameView) => boolean;
  private readonly end: number;
  private previous: number | undefined;
  private offset: number;
  private lastPosition = 0;
  private lastEpoch = 0;
  private lastClockUs = 0;
  private frames = 0;
  private events = 0;
  private tail: Finding | undefined;
  private badHeader: Finding | undefined;
  private readonly wrongEntries = { first: 0, last: 0, count: 0 };

  constructor(
    files: CheckFiles,
    partition: ReadablePartition,
    segment: Segment,
    progress: SharedProgress,
    ids: CommitIdReader,
  ) {
    this.files = files;
    this.partition = partition;
    this.segment = segment;
    this.progress = progress;
    this.sums = new FrameSums(files, ids);
    this.search = new DamageSearch(files, partition);
    const { description, directory, structures, mayLackStructures } = files.store;
    const known = { description, directory, structures: () => structures };
    this.isReadable = mayLackStructures ? knowsStructures(known) : () => true;
    const { archived, file, baseOffset } = segment;
    const sizeBytes = files.context.fileSystem.stat(file.path)?.sizeBytes ?? 0;
    this.end = archived?.to ?? baseOffset + sizeBytes;
    this.offset = baseOffset + fileHeaderBytes;
  }

  /** Yields after each step; returns the report when there is nothing more to do. */
  *run(): Generator<undefined, SegmentReport> {
    const { partition, segment } = this;
    const previous = this.checkHeader();
    this.previous = previous;
    yield undefined;
    let reached = segment.baseOffset;
    while (this.checkFrames()) {
      this.progress.addBytes(this.offset - reached);
      reached = this.offset;
      yield undefined;
    }
    this.progress.addBytes(this.end - reached);
    this.reportEntries();
    // If nothing visible follows the header, nothing is lost.
    if (this.badHeader !== undefined && this.frames === 0) this.tail ??= this.badHeader;
    else if (this.badHeader !== undefined) this.findings.unshift(this.badHeader);
    return {
      partition: { id: partition.id, name: partition.name },
      baseOffset: segment.baseOffset,
      path: segment.file.path,
      findings: this.findings,
      previous,
      endOffset: this.offset,
      isComplete: this.offset >= this.end,
      lastChecksum: this.previous,
      lastEpoch: this.lastEpoch,
      tail: this.tail,
      frames: this.frames,
      events: this.events,
      sizeBytes: this.end - segment.baseOffset,
      sums: this.sums.result,
    };
  }

  private checkHeader(): number | undefined {
    const { context } = this.files;
    const { file } = this.segment;
    const bytes = new Uint8Array(fileHeaderBytes);
    const length = readFully(context.pool.open(file.path), bytes, 0, fileHeaderBytes, 0);
    const header = decodeFileHeader(bytes, length, 'segment', context.seed);
    if (typeof header === 'string') return this.refuseHeader(header);
    const reason = this.wrongHeader(header);
    return reason === undefined ? header.previous : this.refuseHeader(reason);
  }

  private refuseHeader(reason: string): undefined {
    const { path } = this.segment.file;
    this.badHeader = finding('SEGMENT', { path, offset: 0 }, `The header of ${path} is damaged (${reason}).`);
  }

  private wrongHeader(header: { readonly partitionId: number; readonly baseOffset: number }): string | undefined {
    if (header.partitionId !== this.partition.id) return `it is of partition ${header.partitionId}`;
    return header.baseOffset === this.segment.baseOffset ? undefined : `it is of offset ${header.baseOffset}`;
  }

  /** Checks some frames; false when there are no more. */
  private checkFrames(): boolean {
    for (let left = framesPerStep; left > 0; left--) {
      if (this.offset >= this.end) return false;
      const check = this.partition.tryRead(this.offset, this.cursor);
      if (check !== 'whole' && !this.passDamage(check)) return false;
      const { view } = this.cursor;
      // A frame that is not visible yet is not promised: the writer may be writing it just now.
      if (view.position > this.files.store.visible) return false;
      this.checkFrame(view);
      this.offset = this.cursor.offset + view.sizeBytes;
      this.previous = view.checksum;
    }
    return true;
  }

  private passDamage(check: FrameCheck): boolean {
    const bounds = { last: this.lastPosition, end: this.end };
    const damage = this.search.past(this.segment, this.offset, check, bounds, this.cursor);
    const { view } = this.cursor;
    if (!damage.isFollowed) {
      this.tail = this.damaged(damage);
      this.previous = undefined;
      return false;
    }
    const found = this.damaged(damage);
    // Of events that were dropped, nothing is expected to be left.
    const isDropped = (found.lastPosition ?? view.position - 1) < this.files.context.segmentRecords.firstPosition;
    if (!isDropped) this.findings.push(found);
    this.offset = damage.to;
    this.previous = undefined;
    return true;
  }

  private damaged({ from, to, why, isFollowed }: DamagedRange): Finding {
    const { path, at } = this.partition.placeOf(from);
    const positions = this.positionsIn(from, to, isFollowed ? this.cursor.view.position : Infinity);
    const fault = withoutStop(plainMessageOf(this.partition.corruption(from, why)));
    const reach = isFollowed ? `the next whole one begins ${to - from} bytes further on` : 'no whole one follows';
    return finding('FRAME', { path, offset: at, ...positions }, `${fault}; ${reach}.`);
  }

  /** The positions whose entries lead to these bytes, as far as the position index shows. */
  private positionsIn(from: number, to: number, before: number): Partial<Pick<Finding, 'position' | 'lastPosition'>> {
    const { positions, store } = this.files;
    const location = { partitionId: 0, offset: 0 };
    let [first, last] = [0, 0];
    const until = Math.min(before - 1, store.visible, this.lastPosition + 65_536);
    for (let position = this.lastPosition + 1; position <= until; position++) {
      if (!ifThere(() => positions.locate(position, location), false)) break;
      const isHere = location.partitionId === this.partition.id && location.offset >= from && location.offset < to;
      if (!isHere) continue;
      first ||= position;
      last = position;
    }
    return first === 0 ? {} : { position: first, lastPosition: last };
  }

  private checkFrame(frame: FrameView): void {
    const { files } = this;
    const isDropped = frame.lastPosition < files.context.segmentRecords.firstPosition;
    const fault = this.faultOf(frame, isDropped);
    if (fault !== undefined) this.report('CHAIN', frame, fault);
    this.lastPosition = Math.max(this.lastPosition, frame.lastPosition);
    this.lastEpoch = Math.max(this.lastEpoch, frame.epoch);
    this.lastClockUs = frame.clockUs;
    this.frames++;
    if (isDropped || fault === foreign) return;
    this.events += frame.count;
    if (!this.refersToKnown(frame)) {
      this.report('REFERENCE', frame, 'it refers to a stream or index that the catalog does not have');
    } else if (!this.isReadable(frame)) {
      this.report('REFERENCE', frame, 'it refers to keys of objects that the catalog does not have');
    }
    const { visible } = files.store;
    if (frame.lastPosition > visible || (frame.lastPosition === visible && !frame.endsCommit)) {
      this.report('EVENTS_MISSING', frame, 'its commit goes on after the last visible position');
    }
    for (let position = frame.position; position <= Math.min(frame.lastPosition, visible); position++) {
      if (!this.progress.see(position)) this.report('CHAIN', frame, `another frame has the position ${position}, too`);
      this.checkEntry(position);
    }
    this.sums.take(frame, this.cursor);
  }

  private faultOf(frame: FrameView, isDropped: boolean): string | undefined {
    if (this.previous !== undefined && frame.previous !== this.previous) return unchained;
    if (frame.epoch < this.lastEpoch) return 'its epoch is lower than that of an earlier frame';
    if (frame.position <= this.lastPosition) return 'its position is not higher than that of an earlier frame';
    if (!isDropped && !this.files.history.has(frame.position, frame.epoch)) return foreign;
    if (frame.clockUs < this.lastClockUs) return 'its time is earlier than that of an earlier frame';
    return undefined;
  }

  private refersToKnown(frame: FrameView): boolean {
    const { nextId } = this.files.store;
    let isKnown = frame.streamId < nextId;
    frame.forEachLink((_, indexId) => (isKnown &&= indexId < nextId));
    return isKnown;
  }

  /** Checks that the entry of the position leads to the frame in the cursor. */
  private checkEntry(position: number): void {
    const { positions } = this.files;
    const location = { partitionId: 0, offset: 0 };
    const isThere = ifThere(() => positions.locate(position, location), false);
    if (isThere && location.partitionId === this.partition.id && location.offset === this.cursor.offset) return;
    const { wrongEntries } = this;
    if (wrongEntries.count++ === 0) wrongEntries.first = position;
    wrongEntries.last = position;
  }

  /** Reports one finding for the whole segment: a missing file makes all its entries wrong. */
  private reportEntries(): void {
    const { first, last, count } = this.wrongEntries;
    if (count === 0) return;
    const { path, offset } = this.files.positions.corruption(first);
    const place = { path: path!, offset: offset!, position: first, lastPosition: last };
    const { path: segment } = this.segment.file;
    const message = `${count} entries from position ${first} on do not lead to their frames in ${segment}.`;
    this.findings.push(finding('POSITION_INDEX', place, message));
  }

  private report(code: 'CHAIN' | 'REFERENCE' | 'EVENTS_MISSING', frame: FrameView, reason: string): void {
    const { path, at } = this.partition.placeOf(this.cursor.offset);
    const { position, lastPosition } = frame;
    const message = `The frame of position ${position} at byte ${at} of ${path} is out of place: ${reason}.`;
    this.findings.push(finding(code, { path, offset: at, position, lastPosition }, message));
  }
}

const unchained = 'it does not hold the checksum of the frame before it';
const foreign = 'it is of a history that the store has lost';
