/**
 * The catalog as a reader follows it, possibly in a copy. A record that does not follow the ones already read stops the
 * reading there, but is no error by itself: in a copy under repair, the file may be intact a moment later.
 */
import { CorruptionError, type DivergedError } from '../errors.ts';
import type { CatalogRecordFault } from '../format/catalog-record.ts';
import type { Head } from '../format/head.ts';
import { ReadableCatalog } from './readable-catalog.ts';
import { catalogStopReason } from './stop-reason.ts';
import { accessible } from './store-description.ts';

export class ReadOnlyCatalog extends ReadableCatalog {
  private reason: DivergedError | undefined;

  /** What prevents further reading, or undefined when the catalog only ends there. */
  get stopReason(): DivergedError | undefined {
    return this.reason;
  }

  /** The highest epoch whose events it can explain. */
  get highestEpoch(): number {
    const { highest } = this.epochs;
    // A store that was created before there were records of epochs has none.
    return highest === 0 ? Infinity : highest;
  }

  /** Reads on to the size and epoch that the head gives. False when the catalog does not have them yet. */
  reaches(head: Head): boolean {
    if (head.catalogBytes > this.sizeBytes || head.epoch > this.highestEpoch) this.refresh();
    return this.sizeBytes >= head.catalogBytes && head.epoch <= this.highestEpoch;
  }

  override refresh(): CatalogRecordFault | 'whole' {
    let fault: CatalogRecordFault | 'whole';
    let cause: CorruptionError | undefined;
    try {
      fault = accessible(this.path, () => super.refresh());
    } catch (error) {
      // Before the first record, the catalog cannot be merely behind.
      if (!(error instanceof CorruptionError) || this.sizeBytes === 0) throw error;
      fault = 'checksum';
      cause = error;
    }
    const isBehind = fault === 'whole' || fault === 'short';
    this.reason = isBehind ? undefined : catalogStopReason(this.path, this.sizeBytes, cause);
    return fault;
  }
}
