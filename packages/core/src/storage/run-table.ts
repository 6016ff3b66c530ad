/** What an index run records of its indexes: which it has, and where their postings begin. */
import type { RunDirectory, RunHeader } from '../format/run.ts';
import { runDirectoryBytes } from '../format/run.ts';
import { CheckedNumbers, type PieceSource } from './checked-numbers.ts';

export class RunTable {
  /** Ids, starts and checksums of blocks, one after the other, as in the file. */
  private readonly numbers: CheckedNumbers;
  private readonly indexCount: number;
  private readonly entryCount: number;

  private constructor(numbers: CheckedNumbers, { indexCount, entryCount }: RunHeader) {
    this.numbers = numbers;
    this.indexCount = indexCount;
    this.entryCount = entryCount;
  }

  static of({ ids, starts, blockChecksums }: RunDirectory, header: RunHeader): RunTable {
    const numbers = new Uint32Array(runDirectoryBytes(header) / 4);
    numbers.set(ids);
    numbers.set(starts, ids.length);
    numbers.set(blockChecksums, ids.length * 2);
    return new RunTable(CheckedNumbers.of(numbers), header);
  }

  static in(source: PieceSource, header: RunHeader): RunTable {
    return new RunTable(CheckedNumbers.in(source, runDirectoryBytes(header) / 4), header);
  }

  /** Index ids in ascending order, and where their postings start. */
  contents(): Pick<RunDirectory, 'ids' | 'starts'> {
    const { numbers, indexCount } = this;
    return { ids: numbers.slice(0, indexCount), starts: numbers.slice(indexCount, indexCount * 2) };
  }

  /** Number of the first posting of the index at this place; `endOf` gives that of the one after its last. */
  startOf(slot: number): number {
    return this.numbers.at(this.indexCount + slot);
  }

  endOf(slot: number): number {
    return slot + 1 < this.indexCount ? this.startOf(slot + 1) : this.entryCount;
  }

  blockChecksum(block: number): number {
    return this.numbers.at(this.indexCount * 2 + block);
  }

  /** Place of the index, or -1. */
  find(indexId: number): number {
    return this.numbers.placeOf(indexId, 0, this.indexCount);
  }
}
