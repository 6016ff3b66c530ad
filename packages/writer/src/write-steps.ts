/**
 * The steps that bring commits into the files and onto the medium, each in the order that recovery relies on: data before index
 * before head.
 */
import type { CatalogRecord } from '@varve/core/internal';
import type { DirtyFiles } from './dirty-files.ts';
import { whenThereIsRoom } from './disk-full.ts';
import type { FailureLatch } from './failure-latch.ts';
import type { Publication } from './head-writer.ts';
import type { RunKeeper } from './runs/run-keeper.ts';
import type { WritableCatalog } from './writable-catalog.ts';
import type { WritablePartitions } from './writable-partitions.ts';
import type { WritablePositionIndex } from './writable-position-index.ts';

export interface WriteStepsInput {
  readonly catalog: WritableCatalog;
  readonly positions: WritablePositionIndex;
  readonly partitions: WritablePartitions;
  readonly dirtyFiles: DirtyFiles;
  readonly publication: Publication;
  /** Flushes everything that was committed. */
  readonly flush: () => void;
  /** Guards work whose failure ends the writer. */
  readonly failure: FailureLatch;
}

export class WriteSteps {
  private readonly input: WriteStepsInput;

  constructor(input: WriteStepsInput) {
    this.input = input;
  }

  /** Hands what is buffered to the operating system; nobody sees it before the head is published. */
  writeBuffers(): void {
    const { catalog, dirtyFiles, partitions, positions, publication } = this.input;
    publication.assertOwn();
    catalog.flush();
    if (catalog.file.needsSync) dirtyFiles.add(catalog.file);
    partitions.flush();
    positions.flush();
  }

  /** Turns the indexes in memory into a run; the position index is synced with it. */
  buildRun(runs: RunKeeper): void {
    const { catalog, failure, positions, publication } = this.input;
    failure.guard(() => {
      publication.assertOwn();
      positions.sync();
      runs.build();
      catalog.indexNamesWhenDue(false);
    });
  }

  /** The same for a run that cannot wait. Throws `DISK_FULL`. */
  buildRunNow(runs: RunKeeper): void {
    const { failure, positions, publication } = this.input;
    failure.guard(() => {
      publication.assertOwn();
      positions.sync();
      runs.buildNow();
    });
  }

  /** Makes every event durable without waiting for the next tick; returns the position of the last one. */
  makeAllDurable(): number {
    const { catalog, flush, failure, dirtyFiles, positions, publication } = this.input;
    flush();
    const durable = positions.count;
    failure.guard(() => {
      dirtyFiles.sync();
      publication.assertOwn();
      publication.publish({ durable, catalogBytes: catalog.file.lengthBytes });
      publication.sync();
    });
    return durable;
  }

  /** Publishes that everything up to `durable` was synced. */
  publishDurable(durable: number, runs: RunKeeper): void {
    const { publication } = this.input;
    publication.assertOwn();
    publication.publish({ durable });
    runs.madeDurable(durable);
  }

  /** Durably records, in both slots of the head, which redo log counts from now on. */
  nameRedoLog(redo: number): void {
    const { publication } = this.input;
    publication.assertOwn();
    publication.publish({ redo });
    publication.publish({ redo });
    publication.sync();
  }

  /** Throws, and ends the writer, when the store no longer belongs to it. */
  assertOwn(): void {
    this.input.failure.guard(() => this.input.publication.assertOwn());
  }

  /** Rewrites the file of the head; a failure ends the writer, because then nobody knows what readers see. */
  rewriteHead(rewrite: () => void): void {
    const { failure, publication } = this.input;
    failure.guard(() => {
      publication.assertOwn();
      rewrite();
    });
  }

  /** Durably adds these records to the catalog, and publishes them to readers. Throws `DISK_FULL` with nothing changed. */
  record(...records: readonly CatalogRecord[]): void {
    const { catalog, failure, publication } = this.input;
    failure.guard(() => {
      publication.assertOwn();
      catalog.addDurably(records);
      // Without room for the head, the next flush publishes them.
      whenThereIsRoom(() => publication.publish({ catalogBytes: catalog.file.lengthBytes }));
    });
  }

  /** Makes everything durable, up to the last position, and marks the store as cleanly closed. */
  seal(position: number): void {
    const { catalog, failure, dirtyFiles, positions, publication } = this.input;
    failure.guard(() => {
      publication.assertOwn();
      dirtyFiles.sync();
      positions.sync();
      catalog.indexNamesWhenDue(true);
      publication.publish({
        durable: position,
        indexed: position,
        catalogBytes: catalog.file.lengthBytes,
        clean: true,
      });
      publication.sync();
    });
  }
}
