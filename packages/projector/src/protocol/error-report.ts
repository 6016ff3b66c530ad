/** An error as plain data, as a worker sends it to its supervisor, which includes it in the status. */
import { type ErrorCode, hasErrorCode } from '@varve/core';
import { type ErrorData, errorData, isErrorCode, messageOf } from '@varve/core/internal';

/** `position` is that of the event that was being handled. */
export interface ErrorReport extends Omit<ErrorData, 'code'> {
  /** The code of a `VarveError`. */
  readonly code?: ErrorCode;
  readonly eventType?: string;
}

/** A function of a projection; `on`: the one for the event's type. */
export type CalledFunction = 'eventType' | 'partitionBy' | 'on';

/** A function of a projection threw, or returned an invalid value. */
export class EvolveError extends Error {
  override readonly name = 'EvolveError';
  readonly position: number;
  readonly eventType: string | undefined;

  /** `called`: the projection's function that failed. */
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
  // An upcast error names the event and the cause itself.
  const told = hasErrorCode(cause, 'UPCAST') ? (cause as Error) : thrown;
  // The useful stack is that of the user's function, not that of the surrounding code.
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
