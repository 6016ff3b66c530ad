/**
 * The two ways into a model: readers see what was published, frozen; the handler of the running command sees drafts.
 * Each way is closed to the other side: a handler that read what was published would not see its own changes.
 */
import { VarveError } from '@varve/core';
import type { Cell } from './cell.ts';
import type { Transaction } from './transaction.ts';

export interface ModelAccess {
  /** Throws when this access must not be used now. */
  assertUsable(): void;
  /** The form in which an object is seen. */
  present(cell: Cell): unknown;
}

export class PublishedAccess implements ModelAccess {
  private readonly transaction: Transaction;
  /** The reason why the model may no longer be read. */
  failure: Error | undefined;

  constructor(transaction: Transaction) {
    this.transaction = transaction;
  }

  assertUsable(): void {
    if (this.transaction.isOpen) throw insideCommand();
    if (this.failure !== undefined) throw this.failure;
  }

  present(cell: Cell): unknown {
    if (!cell.isUnseen) return cell.current;
    // An iteration may continue in the middle of a command, which may be changing the object.
    this.assertUsable();
    return cell.show();
  }
}

export class DraftAccess implements ModelAccess {
  private readonly transaction: Transaction;

  constructor(transaction: Transaction) {
    this.transaction = transaction;
  }

  assertUsable(): void {
    if (!this.transaction.isOpen) throw outsideCommand();
  }

  present(cell: Cell): unknown {
    return cell.draftValue;
  }
}

function insideCommand(): VarveError {
  return new VarveError('INSIDE_COMMAND', 'The model was read by the handler of a command, past its own changes.', {
    hint: 'Use the model that the handler gets as its first argument.',
  });
}

export function outsideCommand(): VarveError {
  return new VarveError(
    'OUTSIDE_COMMAND',
    'The model can be changed by the handler of a command only, while it runs.',
    {
      hint: 'Make the change a command, and execute that.',
    },
  );
}
