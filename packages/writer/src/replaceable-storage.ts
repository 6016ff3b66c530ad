/**
 * A storage that another one can replace. Streams, consumers and followers that hold it notice nothing: from then on the
 * successor answers their calls, and they receive what it emits. Used when a writer becomes a reader.
 *
 * Invariant: the successor has all events that were visible before it took over, at the same positions and versions.
 */
import {
  type NamedEntry,
  type PositionSequence,
  type ReadableCatalog,
  type ReadablePartition,
  type ReadablePositionIndex,
  ReadableStorage,
  type ReadOnlyStorage,
  type TermFamily,
} from '@varve/core/internal';
import type { FailureLatch } from './failure-latch.ts';

export abstract class ReplaceableStorage extends ReadableStorage {
  override catalog!: ReadableCatalog;
  override positions!: ReadablePositionIndex;
  /** The storage that answers instead of this one; undefined until there is one. */
  protected successor: ReadOnlyStorage | undefined;

  override get fatalError(): Error | undefined {
    return this.successor === undefined ? this.failure.error : this.successor.fatalError;
  }

  override get consumablePosition(): number {
    return this.successor?.consumablePosition ?? super.consumablePosition;
  }

  override get promisedPosition(): number {
    return this.successor?.promisedPosition ?? super.promisedPosition;
  }

  override get highestEpoch(): number {
    return this.successor?.highestEpoch ?? super.highestEpoch;
  }

  override partition(id: number): ReadablePartition | undefined {
    return this.successor === undefined ? this.ownPartition(id) : this.successor.partition(id);
  }

  override streamNamed(name: string): NamedEntry | undefined {
    return this.successor === undefined ? super.streamNamed(name) : this.successor.streamNamed(name);
  }

  override termFamily(kind: 'types' | 'tags'): TermFamily | undefined {
    return this.successor === undefined ? super.termFamily(kind) : this.successor.termFamily(kind);
  }

  override streamVersion(id: number): number {
    return this.successor?.streamVersion(id) ?? super.streamVersion(id);
  }

  override streamPositions(id: number, from: number, to: number): PositionSequence {
    return this.successor?.streamPositions(id, from, to) ?? super.streamPositions(id, from, to);
  }

  override streamVersionAt(id: number, position: number): number {
    return this.successor?.streamVersionAt(id, position) ?? super.streamVersionAt(id, position);
  }

  override close(): void {
    this.successor?.close();
    super.close();
  }

  /** What ended this storage before there was a successor. */
  protected abstract readonly failure: FailureLatch;

  /** The partition of this storage itself, for as long as there is no successor. */
  abstract ownPartition(id: number): ReadablePartition | undefined;

  /**
   * Lets the successor answer from now on. Open index runs stay open until this storage is closed: positions that streams have
   * looked up refer to them.
   */
  protected replaceBy(successor: ReadOnlyStorage): void {
    this.successor = successor;
    this.catalog = successor.catalog;
    this.positions = successor.positions;
    this.segmentRecords = successor.segmentRecords;
    successor.on('advance', (position) => this.emit('advance', position));
    successor.on('rebase', (position) => this.emit('rebase', position));
    successor.on('error', (error) => this.emit('error', error));
    this.cache.clear();
    this.pool.closeAll();
  }
}
