/**
 * An error as it travels from a worker to its supervisor, and on to whoever asks for the status: plain data. An error
 * object would arrive without its fields, and with a class that is not the receiver's.
 */
import { type ErrorCode, errorCodes, type ErrorDetails, VarveError } from '@varve/core';
import { messageOf } from '@varve/core/internal';

export interface ErrorReport {
  readonly message: string;
  readonly stack?: string;
  /** The code of a `VarveError`. */
  readonly code?: ErrorCode;
  readonly hint?: string;
  readonly path?: string;
  readonly stream?: string;
  /** Position and type of the event that was being handled. */
  readonly position?: number;
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
  const report: { -readonly [Key in keyof ErrorReport]: ErrorReport[Key] } = { message: messageOf(thrown) };
  if (!(thrown instanceof Error)) return report;
  // The stack that helps is that of the user's function, not that of the code around it.
  const { stack } = thrown instanceof EvolveError && thrown.cause instanceof Error ? thrown.cause : thrown;
  if (stack !== undefined) report.stack = stack;
  const fields = thrown as { readonly [Key in keyof ErrorReport]?: unknown };
  if (isErrorCode(fields.code)) report.code = fields.code;
  for (const name of ['hint', 'path', 'stream', 'eventType'] as const) {
    const value = fields[name];
    if (typeof value === 'string') report[name] = value;
  }
  if (typeof fields.position === 'number') report.position = fields.position;
  return report;
}

/** An error object with what the report says: a `VarveError` when it was one. */
export function errorOf(report: ErrorReport): Error {
  if (report.code === undefined) return withStack(new Error(report.message), report);
  const { hint, path, stream, position } = report;
  const details: ErrorDetails = {
    ...(path === undefined ? {} : { path }),
    ...(stream === undefined ? {} : { stream }),
    ...(position === undefined ? {} : { position }),
    ...(hint === undefined ? {} : { hint }),
  };
  return withStack(new VarveError(report.code, plainMessageOf(report), details), report);
}

/** The message without the hint, which a `VarveError` appends to it. */
export function plainMessageOf({ message, hint }: ErrorReport): string {
  return hint !== undefined && message.endsWith(hint) ? message.slice(0, -hint.length).trimEnd() : message;
}

function withStack<Thrown extends Error>(error: Thrown, report: ErrorReport): Thrown {
  if (report.stack !== undefined) error.stack = report.stack;
  return error;
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(errorCodes, code);
}
