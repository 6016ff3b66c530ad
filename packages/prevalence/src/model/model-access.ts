/**
 * The two ways into a model: readers see what was published, frozen; the handler of the command that is running sees
 * drafts. Each way is closed to the other: a handler that read what was published would not see what it did itself.
 */
import { VarveError } from '@varve/core';
import type { Cell } from './cell.ts';
import type { Transaction } from './transaction.ts';

export interface ModelAccess {
  /** Throws when nobody may come this way now. */
  assertUsable(): void;
  /** What is seen of an object. */
  present(cell: Cell): unknown;
}

export class PublishedAccess implements ModelAccess {
  private readonly transaction: Transaction;
  /** Why the model may not be read any more. */
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
    // Who goes through a list may come back in the middle of a command, which may be changing the object.
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
