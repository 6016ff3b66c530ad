/**
 * What other files repeat of a segment's frames: which positions belong to which index, the versions of streams after the last
 * index run, and the ids that callers gave to commits. Kept as sums, so that comparing them needs no memory for the history.
 */
import type { FrameView } from '../format/frame.ts';
import type { FrameCursor } from '../storage/frame-cursor.ts';
import type { CheckFiles } from './checked-store.ts';
import type { CommitIdReader } from './commit-id-reader.ts';
import { Fingerprint, type FingerprintValue } from './fingerprint.ts';

/** Versions of a stream in some frames. */
export interface VersionRange {
  readonly first: number;
  readonly last: number;
  readonly count: number;
}

export interface SegmentSums {
  /** For each index run, the postings of the frames in its range. */
  readonly runs: readonly FingerprintValue[];
  /** For each file of commit ids, the ids of the commits in its range. */
  readonly ids: readonly FingerprintValue[];
  /** Versions of streams after the last run, by stream id. */
  readonly tail: ReadonlyMap<number, VersionRange>;
}

/** The sum of a posting; those of write streams have the version as well. */
export function addPosting(sum: Fingerprint, indexId: number, position: number, version: number): void {
  sum.add(indexId, position, version);
}

export class FrameSums {
  private readonly files: CheckFiles;
  private readonly idReader: CommitIdReader;
  private readonly runs: readonly Fingerprint[];
  private readonly ids: readonly Fingerprint[];
  private readonly tail = new Map<number, VersionRange>();
  private readonly runsCover: number;
  /** Index of the last position's range: positions ascend in a segment. */
  private run = 0;
  private idFile = 0;

  constructor(files: CheckFiles, ids: CommitIdReader) {
    const { runs, commitIds } = files.store;
    this.files = files;
    this.idReader = ids;
    this.runs = runs.map(() => new Fingerprint());
    this.ids = commitIds.map(() => new Fingerprint());
    this.runsCover = runs.at(-1)?.last ?? 0;
  }

  get result(): SegmentSums {
    return {
      runs: this.runs.map((sum) => sum.value),
      ids: this.ids.map((sum) => sum.value),
      tail: this.tail,
    };
  }

  /** Adds the frame in the cursor, which comes after those before. */
  take(frame: FrameView, cursor: FrameCursor): void {
    this.addPostings(frame);
    // May read other blocks, so the frame is not used afterwards.
    this.addCommitId(frame, cursor);
  }

  private addPostings(frame: FrameView): void {
    const { runs } = this.files.store;
    const { position, lastPosition, streamId, streamVersion } = frame;
    if (position > this.runsCover) {
      const before = this.tail.get(streamId);
      this.tail.set(streamId, {
        first: Math.min(before?.first ?? streamVersion, streamVersion),
        last: Math.max(before?.last ?? 0, streamVersion + frame.count - 1),
        count: (before?.count ?? 0) + frame.count,
      });
      return;
    }
    while (this.run < runs.length && position > runs[this.run]!.last) this.run++;
    // A frame out of order is a finding already.
    const sum = position > runs[this.run]!.base ? this.runs[this.run]! : undefined;
    if (sum === undefined) return;
    for (let event = position; event <= lastPosition; event++) {
      addPosting(sum, streamId, event, streamVersion + event - position);
    }
    frame.forEachLink((event, indexId) => addPosting(sum, indexId, position + event, 0));
  }

  private addCommitId(frame: FrameView, cursor: FrameCursor): void {
    const { commitIds } = this.files.store;
    if (commitIds.length === 0 || frame.commitOffset > 0 || frame.metadataStart === frame.metadataEnd) return;
    while (this.idFile < commitIds.length && frame.position > commitIds[this.idFile]!.last) this.idFile++;
    const range = commitIds[this.idFile];
    if (range === undefined || frame.position <= range.base) return;
    const hash = this.idReader.hashOf(cursor);
    if (hash !== undefined) this.ids[this.idFile]!.add(hash.high, hash.low, frame.position);
  }
}
