/**
 * The orders that operators give: the typed input is checked, executed as a command, and answered with the text that
 * the operator reads. An order to retire is held for a while first, so that another operator may be faster.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { VarveError } from '@varve/core';
import { Refusal } from './refusal.ts';
import type { OpenRegistry } from './registry.ts';

/** What an operator typed and clicked. */
export interface OrderForm {
  readonly designation: string;
  readonly model: string;
  readonly role: string;
  readonly incept: string;
  /** The unit whose button was clicked. */
  readonly target: string;
}

export const models = ['Nexus-6', 'Nexus-7', 'Nexus-8'] as const;
export const maxFieldLength = 10;

export type OrderName = 'spawn' | 'sight' | 'retire';

export interface OrderOutcome {
  /** The text for the operator; '' when all is well. */
  readonly message: string;
  /** The error that kept the registry from deciding at all. */
  readonly failure?: VarveError;
}

export class Orders {
  private readonly db: OpenRegistry;
  private readonly delayMs: number;
  private readonly ending = new AbortController();
  private readonly given = new Set<Promise<OrderOutcome>>();

  /** `delayMs`: how long an order to retire is held before it is executed. */
  constructor(db: OpenRegistry, delayMs: number) {
    this.db = db;
    this.delayMs = delayMs;
  }

  /** Resolves when the order was carried out, and survives this process, or was refused. Rejects with unexpected errors. */
  async give(order: OrderName, form: OrderForm): Promise<OrderOutcome> {
    const outcome = this.carryOut(order, form);
    this.given.add(outcome);
    return outcome.finally(() => this.given.delete(outcome));
  }

  /** Refuses the orders that are held. Resolves when no order is left. */
  async end(): Promise<void> {
    this.ending.abort();
    await Promise.allSettled(this.given);
  }

  private async carryOut(order: OrderName, form: OrderForm): Promise<OrderOutcome> {
    try {
      await this[order](form);
      return { message: '' };
    } catch (error) {
      if (error instanceof Refusal) return { message: error.message };
      if (error instanceof VarveError) {
        return { message: `Order not carried out -- system error code ${error.code}`, failure: error };
      }
      throw error;
    }
  }

  private async spawn({ designation, model, role, incept }: OrderForm): Promise<void> {
    if (designation === '') throw new Refusal('Designation required');
    for (const [field, text] of Object.entries({ Designation: designation, Role: role, Incept: incept })) {
      if (text.length > maxFieldLength) throw new Refusal(`${field} is longer than ${maxFieldLength} characters`);
      if (/\p{C}/u.test(text)) throw new Refusal(`${field} has characters that cannot be shown`);
    }
    if (!models.some((known) => known === model)) throw new Refusal('There is no such model');
    await this.db.do.spawn({ designation, model, role, incept });
  }

  private async sight({ target }: OrderForm): Promise<void> {
    await this.db.do.sight(known(target));
  }

  private async retire({ target }: OrderForm): Promise<void> {
    known(target);
    if (this.delayMs > 0) await delay(this.delayMs, undefined, { signal: this.ending.signal }).catch(refuseToWait);
    await this.db.do.retire(target);
  }
}

function known(target: string): string {
  if (target === '') throw new Refusal('No unit was named -- command void');
  if (target.length > 100) throw new Refusal('No unit has such a long designation -- command void');
  return target;
}

function refuseToWait(): never {
  throw new Refusal('The terminal was shut down -- command void');
}
