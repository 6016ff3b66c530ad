/** Functions of the user that must answer at once: a promise is truthy, and whoever threw in it would not be heard. */
import { VarveError } from './errors.ts';

export function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

/** The error for a promise that a function gave, whose own failure nobody waits for any more; `what` begins the sentence. */
export function asynchronous(what: string, promise: Promise<unknown>): VarveError {
  void Promise.resolve(promise).catch(() => undefined);
  return new VarveError('ASYNC_FUNCTION', `${what} returned a promise.`, {
    hint: 'It must decide before it returns: fetch what it needs beforehand, or do the work in a consumer or projection.',
  });
}
