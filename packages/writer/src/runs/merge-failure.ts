/**
 * An error of the thread that merges, as plain data: an error object would arrive in the other thread without its code
 * and its fields, and with a class that is none of ours.
 */
import { CorruptionError, type ErrorCode, errorCodes, type ErrorDetails, VarveError } from '@varve/core';
import { messageOf } from '@varve/core/internal';

export interface MergeFailure {
  readonly message: string;
  readonly stack?: string;
  /** The code of a `VarveError`, or that of the operating system. */
  readonly code?: string;
  readonly path?: string;
  readonly offset?: number;
  readonly hint?: string;
}

export function failureOf(thrown: unknown): MergeFailure {
  const failure: { -readonly [Key in keyof MergeFailure]: MergeFailure[Key] } = { message: messageOf(thrown) };
  if (!(thrown instanceof Error)) return failure;
  const fields = thrown as { readonly [Key in keyof MergeFailure]?: unknown };
  for (const name of ['stack', 'code', 'path', 'hint'] as const) {
    const value = fields[name];
    if (typeof value === 'string') failure[name] = value;
  }
  if (typeof fields.offset === 'number') failure.offset = fields.offset;
  return failure;
}

/** The error again, with the stack that it had in its thread. */
export function errorFrom(failure: MergeFailure): Error {
  const { message, stack, code, ...details } = failure;
  const error = isErrorCode(code)
    ? varveError(code, message, details)
    : Object.assign(new Error(message), details, code === undefined ? {} : { code });
  if (stack !== undefined) error.stack = stack;
  return error;
}

function varveError(code: ErrorCode, message: string, details: ErrorDetails): VarveError {
  const { hint, path } = details;
  // The class appends the hint to the message by itself.
  const text = hint !== undefined && message.endsWith(` ${hint}`) ? message.slice(0, -hint.length - 1) : message;
  if (code === 'CORRUPTION' && path !== undefined) return new CorruptionError(text, { ...details, path });
  return new VarveError(code, text, details);
}

function isErrorCode(code: string | undefined): code is ErrorCode {
  return code !== undefined && Object.hasOwn(errorCodes, code);
}
