/**
 * An error as plain data, to be sent to another thread or process: an error object would arrive there without its code
 * and fields, and with a class that is not the receiver's.
 */
import { CorruptionError, type ErrorCode, errorCodes, messageOf, VarveError } from './errors.ts';

export interface ErrorData {
  readonly message: string;
  readonly stack?: string;
  /** The code of a `VarveError`, or that of the operating system. */
  readonly code?: string;
  readonly hint?: string;
  readonly path?: string;
  readonly stream?: string;
  readonly offset?: number;
  readonly position?: number;
}

/** Everything about `thrown` that is worth sending. */
export function errorData(thrown: unknown): ErrorData {
  const data: { -readonly [Key in keyof ErrorData]: ErrorData[Key] } = { message: messageOf(thrown) };
  if (!(thrown instanceof Error)) return data;
  const fields = thrown as { readonly [Key in keyof ErrorData]?: unknown };
  for (const name of ['stack', 'code', 'hint', 'path', 'stream'] as const) {
    const value = fields[name];
    if (typeof value === 'string') data[name] = value;
  }
  for (const name of ['offset', 'position'] as const) {
    const value = fields[name];
    if (typeof value === 'number') data[name] = value;
  }
  return data;
}

/** Recreates the error with the stack from where it was thrown; a Varve error becomes a Varve error again. */
export function errorFrom(data: ErrorData): Error {
  const { message, stack, code, hint, path, stream, offset, position } = data;
  const given = Object.entries({ hint, path, stream, offset, position }).filter(([, value]) => value !== undefined);
  const details = Object.fromEntries(given) as Omit<ErrorData, 'message' | 'stack' | 'code'>;
  const error = isErrorCode(code)
    ? varveError(code, plainMessageOf(data), details)
    : Object.assign(new Error(message), details, code === undefined ? {} : { code });
  if (stack !== undefined) error.stack = stack;
  return error;
}

/** The message without the hint, which a `VarveError` appends to it. */
export function plainMessageOf({
  message,
  hint,
}: {
  readonly message: string;
  readonly hint?: string | undefined;
}): string {
  return hint !== undefined && message.endsWith(` ${hint}`) ? message.slice(0, -hint.length - 1) : message;
}

/** The sentence without its full stop, for another one that goes on with it. */
export function withoutStop(sentence: string): string {
  return sentence.replace(/\.$/, '');
}

export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(errorCodes, code);
}

function varveError(
  code: ErrorCode,
  message: string,
  details: Omit<ErrorData, 'message' | 'stack' | 'code'>,
): VarveError {
  const { path } = details;
  if (code === 'CORRUPTION' && path !== undefined) return new CorruptionError(message, { ...details, path });
  return new VarveError(code, message, details);
}
