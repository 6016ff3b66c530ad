/**
 * The cells that share one term, in the order in which their objects were created. Adding and removing take a time that
 * does not depend on their number; reading restores the order.
 */
import type { Cell } from '../model/cell.ts';

export class Bucket {
  private cells = new Set<Cell>();
  private lastId = 0;
  private isSorted = true;

  get size(): number {
    return this.cells.size;
  }

  add(cell: Cell): void {
    this.cells.add(cell);
    if (cell.id > this.lastId) this.lastId = cell.id;
    else this.isSorted = false;
  }

  remove(cell: Cell): void {
    this.cells.delete(cell);
  }

  inOrder(): Iterable<Cell> {
    if (!this.isSorted) {
      this.cells = new Set([...this.cells].sort((a, b) => a.id - b.id));
      this.isSorted = true;
    }
    return this.cells;
  }

  /** The cell of the oldest object. */
  first(): Cell {
    for (const cell of this.inOrder()) return cell;
    throw new Error('An empty bucket is not kept');
  }
}
