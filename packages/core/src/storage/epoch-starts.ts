/**
 * After which position each epoch began, as recorded in the catalog. A writer that opens a store may have cut off what
 * was not durable: an event after its start belongs to its epoch or a later one, or it is one that the store has lost. So
 * files of two histories, as in a copy of a source that was cut back, are detected at any frame, without reading those
 * before it.
 */
export interface EpochStart {
  readonly epoch: number;
  /** Position of the last event that existed when the epoch began. */
  readonly after: number;
}

export class EpochStarts {
  /** In the order of their epochs. */
  private readonly starts: EpochStart[] = [];
  /** The latest answer holds after `from` up to `to`. */
  private last = { from: 0, to: 0, upTo: 0, epoch: 0 };

  /** The highest epoch that is known; 0 when there is none. */
  get highest(): number {
    return this.starts.at(-1)?.epoch ?? 0;
  }

  /** Position after which the highest epoch began; 0 when none is known. */
  get newestStart(): number {
    return this.starts.at(-1)?.after ?? 0;
  }

  add(start: EpochStart): void {
    this.starts.push(start);
    this.last = { from: 0, to: 0, upTo: 0, epoch: 0 };
  }

  /** The lowest epoch that an event at `position` can have, according to the epochs up to `upTo`. */
  lowestAt(position: number, upTo: number): number {
    const { last } = this;
    if (upTo === last.upTo && position > last.from && position <= last.to) return last.epoch;
    let [from, to, epoch] = [0, Infinity, 0];
    for (const start of this.starts) {
      if (start.epoch > upTo) break;
      if (start.after >= position) {
        to = Math.min(to, start.after);
        continue;
      }
      from = Math.max(from, start.after);
      epoch = start.epoch;
    }
    this.last = { from, to, upTo, epoch };
    return epoch;
  }

  /** The last position that none of the epochs after `after`, up to `upTo`, can have cut off; Infinity without any. */
  keptBetween(after: number, upTo: number): number {
    const between = this.starts.filter(({ epoch }) => epoch > after && epoch <= upTo);
    return Math.min(Infinity, ...between.map(({ after }) => after));
  }

  /** The starts that no later epoch has cut off, in order, and that lie before `position`. */
  seamsBefore(position: number, upTo: number): readonly EpochStart[] {
    const seams: EpochStart[] = [];
    for (const start of this.starts) {
      if (start.epoch > upTo) break;
      while (seams.length > 0 && seams.at(-1)!.after >= start.after) seams.pop();
      seams.push(start);
    }
    return seams.filter(({ after }) => after < position);
  }
}
