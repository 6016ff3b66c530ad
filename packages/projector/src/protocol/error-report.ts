/** An error as it travels from a worker to its supervisor, and on to whoever asks for the status: plain data. */
import { type ErrorCode, hasErrorCode } from '@varve/core';
import { type ErrorData, errorData, isErrorCode, messageOf } from '@varve/core/internal';

/** `position` is that of the event that was being handled. */
export interface ErrorReport extends Omit<ErrorData, 'code'> {
  /** The code of a `VarveError`. */
  readonly code?: ErrorCode;
  readonly eventType?: string;
}

/** A function of a projection; `on`: the one for the type of the event. */
export type CalledFunction = 'eventType' | 'partitionBy' | 'on';

/** A function of a projection threw, or returned what it must not. */
export class EvolveError extends Error {
  override readonly name = 'EvolveError';
  readonly position: number;
  readonly eventType: string | undefined;

  /** `called`: which of the projection's functions it was. */
  constructor(position: number, eventType: string | undefined, called: CalledFunction, cause: unknown) {
    const name = called === 'on' ? `for ${JSON.stringify(eventType)}` : called;
    super(`The function ${name} failed at position ${position}: ${messageOf(cause)}`, { cause });
    this.position = position;
    this.eventType = eventType;
  }
}

/** Everything about `thrown` that is worth sending. */
export function reportOf(thrown: unknown): ErrorReport {
  if (!(thrown instanceof EvolveError)) return plainReportOf(thrown);
  const { cause, eventType } = thrown;
  // That an event cannot be upcast says where it is, and what is wrong with it, by itself.
  const told = hasErrorCode(cause, 'UPCAST') ? (cause as Error) : thrown;
  // The stack that helps is that of the user's function, not that of the code around it.
  const { stack } = [told.cause, cause, thrown].find((error) => error instanceof Error)!;
  return {
    ...plainReportOf(told),
    ...(stack === undefined ? {} : { stack }),
    ...(eventType === undefined ? {} : { eventType }),
  };
}

function plainReportOf(thrown: unknown): ErrorReport {
  const { code, ...data } = errorData(thrown);
  return isErrorCode(code) ? { ...data, code } : data;
}
