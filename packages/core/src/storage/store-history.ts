/**
 * Which epochs an event can have at its position, so that an event of a history that the store has lost is recognized by
 * itself.
 */
import type { EpochStarts } from './epoch-starts.ts';

/** What a storage knows of epochs. */
interface EpochSource {
  readonly catalog: { readonly epochs: EpochStarts };
  /** Events of a higher epoch are not part of what is visible. */
  readonly highestEpoch: number;
}

export class StoreHistory {
  private readonly source: EpochSource;

  constructor(source: EpochSource) {
    this.source = source;
  }

  /** The highest epoch of an event that is visible. */
  get highestEpoch(): number {
    return this.source.highestEpoch;
  }

  /** The lowest epoch that an event at `position` can have: one of a lower epoch was cut off. */
  lowestEpoch(position: number): number {
    return this.source.catalog.epochs.lowestAt(position, this.source.highestEpoch);
  }

  /** Whether the event at `position` can be of this epoch. */
  has(position: number, epoch: number): boolean {
    return epoch >= this.lowestEpoch(position) && epoch <= this.source.highestEpoch;
  }
}
