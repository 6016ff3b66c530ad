/** An error as it travels from a worker to its supervisor, and on to whoever asks for the status: plain data. */
import type { ErrorCode } from '@varve/core';
import { type ErrorData, errorData, isErrorCode, messageOf } from '@varve/core/internal';

/** `position` is that of the event that was being handled. */
export interface ErrorReport extends Omit<ErrorData, 'code'> {
  /** The code of a `VarveError`. */
  readonly code?: ErrorCode;
  readonly eventType?: string;
}

/** The function of a projection threw, or returned what is no state. */
export class EvolveError extends Error {
  override readonly name = 'EvolveError';
  readonly position: number;
  readonly eventType: string | undefined;

  constructor(position: number, eventType: string | undefined, cause: unknown) {
    const what = eventType === undefined ? 'The function eventType' : `The function for ${JSON.stringify(eventType)}`;
    super(`${what} failed at position ${position}: ${messageOf(cause)}`, { cause });
    this.position = position;
    this.eventType = eventType;
  }
}

/** Everything about `thrown` that is worth sending. */
export function reportOf(thrown: unknown): ErrorReport {
  const { code, ...data } = errorData(thrown);
  if (!(thrown instanceof EvolveError)) return isErrorCode(code) ? { ...data, code } : data;
  // The stack that helps is that of the user's function, not that of the code around it.
  const { stack } = thrown.cause instanceof Error ? thrown.cause : thrown;
  const { eventType } = thrown;
  return { ...data, ...(stack === undefined ? {} : { stack }), ...(eventType === undefined ? {} : { eventType }) };
}
